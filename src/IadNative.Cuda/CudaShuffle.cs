using System.Runtime.InteropServices;
using IadNative.Compute;

namespace IadNative.Cuda;

/// <summary>As in kernels/epoch.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct DrawOrderArguments
{
    public ulong Cursor, Seeds, Members, Draws;
    public int Rows, Purpose;
}

/// <summary>
/// The order in which every replica sees its rows in an epoch: its own rows, sorted stably by the epoch's random numbers. The
/// order is that of the CPU.
/// </summary>
internal sealed class CudaShuffle
{
    public static readonly KernelDefinition<DrawOrderArguments> DrawOrder = new(
        "epoch.cu", "draw_order", (in a, replicas, _) => LaunchShape.Elements(((long)a.Rows + 3) / 4, replicas));

    private readonly Kernel<DrawOrderArguments> _drawOrder;
    private readonly CudaState _state;
    private readonly SessionSpec _spec;
    private readonly RadixSort _sort;
    private readonly DeviceBuffer _draws;

    public CudaShuffle(ICudaDriver driver, DeviceKernels kernels, SessionSpec spec, CudaState state, DeviceArena arena)
    {
        (_drawOrder, _state, _spec) = (kernels.Get(DrawOrder), state, spec);
        _sort = new RadixSort(driver, kernels, arena, state.Replicas, state.RowsPerReplica);
        _draws = arena.Reserve<uint>((long)state.Replicas * state.RowsPerReplica);
    }

    /// <summary>R × rows: each replica's rows in the order of the epoch at hand.</summary>
    public DeviceBuffer Order => _sort.SortedPayload;

    /// <summary>Draws the order of the epoch where the cursor stands.</summary>
    public void Draw()
    {
        _drawOrder.Launch(
            new DrawOrderArguments
            {
                Cursor = _state.Cursor.Address,
                Seeds = _state.Seeds.Address,
                Members = _state.Members.Address,
                Draws = _draws.Address,
                Rows = _state.RowsPerReplica,
                Purpose = (int)_spec.Shuffle,
            },
            _state.Replicas);
        _sort.SortKeys(_draws.Address, _state.Rows.Address, _state.RowsPerReplica);
    }
}
