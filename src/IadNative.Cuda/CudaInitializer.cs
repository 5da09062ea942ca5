using System.Runtime.InteropServices;
using IadNative.Compute;

namespace IadNative.Cuda;

/// <summary>A tensor and how it starts, as in kernels/initialize.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TensorRecord
{
    public int Offset, Length, Kind, Layer, Columns;
    public float Bound;
}

/// <summary>As in kernels/initialize.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct InitializeArguments
{
    public ulong Tensors, Seeds, Members, Mask, Values;
    public long Stride;
    public int Count, Length, Round;
}

/// <summary>Gives all replicas the fresh state of a round, the same numbers that <see cref="NetworkInitializer"/> draws.</summary>
internal sealed class CudaInitializer
{
    public static readonly KernelDefinition<InitializeArguments> InitializeTensors = new(
        "initialize.cu", "initialize_tensors", (in a, replicas, _) => LaunchShape.Elements(a.Length, replicas));

    private readonly ICudaDriver _driver;
    private readonly Kernel<InitializeArguments> _initialize;
    private readonly CudaState _state;
    private readonly Block _parameters, _statistics;

    public CudaInitializer(ICudaDriver driver, DeviceKernels kernels, Plan plan, CudaState state, DeviceArena arena)
    {
        (_driver, _initialize, _state) = (driver, kernels.Get(InitializeTensors), state);
        _parameters = new Block(state.Layout, state.Parameters, state.Mask, arena);
        _statistics = new Block(state.StatisticsLayout, state.Statistics, null, arena);
    }

    /// <summary>Copies to the device what never changes.</summary>
    public void Upload()
    {
        foreach (Block block in ((Block[])[_parameters, _statistics]).Where(block => block.Tensors.Length > 0))
            _driver.CopyToDevice(block.Table.Address, MemoryMarshal.AsBytes<TensorRecord>(block.Tensors));
    }

    /// <summary>Fresh tensors; no moments, no center, no radius, no steps.</summary>
    public void Run(int round)
    {
        Fill(_parameters, round);
        Fill(_statistics, round);
        foreach (DeviceBuffer buffer in (ReadOnlySpan<DeviceBuffer>)
            [_state.FirstMoment, _state.SecondMoment, .. _state.State, _state.Steps])
        {
            if (buffer.Bytes > 0) _driver.Clear(buffer.Address, buffer.Bytes);
        }
    }

    private void Fill(Block block, int round)
    {
        if (block.Tensors.Length == 0) return;
        _initialize.Launch(
            new InitializeArguments
            {
                Tensors = block.Table.Address,
                Seeds = _state.Seeds.Address,
                Members = _state.Members.Address,
                Mask = block.Mask is { Bytes: > 0 } mask ? mask.Address : 0,
                Values = block.Values.Address,
                Stride = block.Length,
                Count = block.Tensors.Length,
                Length = block.Length,
                Round = round,
            },
            _state.Replicas);
    }

    /// <summary>The tensors of one block.</summary>
    private sealed class Block(DeviceLayout layout, DeviceBuffer values, DeviceBuffer? mask, DeviceArena arena)
    {
        public TensorRecord[] Tensors { get; } = [.. layout.Layout.Slots.Select(slot => new TensorRecord
        {
            Offset = layout.PlaceOf(slot.Offset),
            Length = slot.Length,
            Kind = (int)slot.Initialization,
            Layer = slot.Layer,
            Columns = slot.Columns,
            Bound = (float)(1 / Math.Sqrt(slot.FanIn)),
        })];

        public DeviceBuffer Table { get; } = arena.Reserve<TensorRecord>(layout.Layout.Slots.Count);

        public DeviceBuffer Values => values;

        public DeviceBuffer? Mask => mask;

        public int Length => layout.Stride;
    }
}
