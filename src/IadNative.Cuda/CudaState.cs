using System.Runtime.InteropServices;
using IadNative.Compute;

namespace IadNative.Cuda;

/// <summary>
/// The data of a session and the state of its R replicas in device memory: every block has a leading replica axis, but for
/// the data, which all share.
/// </summary>
internal sealed class CudaState
{
    private readonly ICudaDriver _driver;
    private float[]? _packed; // a replica's block on its way

    public CudaState(ICudaDriver driver, Plan plan, SessionSpec spec, DeviceArena arena)
    {
        (_driver, Plan) = (driver, plan);
        (Layout, StatisticsLayout) = (new DeviceLayout(plan.Parameters), new DeviceLayout(plan.Statistics));
        MomentSets = plan.MomentLength == plan.Parameters.Length ? 1 : plan.MomentLength / plan.MomentStride;
        Replicas = spec.Replicas.Count;
        (Samples, Width) = (spec.Samples, spec.Width);
        RowsPerReplica = spec.Replicas[0].Rows.Length;
        Data = arena.Reserve<float>(spec.Data.Length);
        Offset = arena.Reserve<float>(Width);
        Scale = arena.Reserve<float>(Width);
        Columns = spec.HasColumns ? arena.Reserve<int>((long)plan.Features * Replicas) : null;
        Rows = arena.Reserve<int>((long)RowsPerReplica * Replicas);
        Parameters = arena.Reserve<float>((long)Layout.Stride * Replicas);
        Gradient = arena.Reserve<float>((long)Layout.Stride * Replicas);
        FirstMoment = arena.Reserve<float>(MomentStride * Replicas);
        SecondMoment = arena.Reserve<float>(MomentStride * Replicas);
        Statistics = arena.Reserve<float>((long)StatisticsLayout.Stride * Replicas);
        State = [.. plan.State.Slots.Select(slot => arena.Reserve<float>((long)slot.Length * Replicas))];
        Steps = arena.Reserve<long>(Replicas);
        ImportanceWeights = arena.Reserve<float>((long)Samples * Replicas);
        Scores = arena.Reserve<float>((long)Samples * Replicas);
        EpochLoss = arena.Reserve<double>(Replicas);
        Cursor = arena.Reserve<CursorRecord>(1);
        Outcomes = arena.Reserve<OutcomeRecord>(Replicas);
        Seeds = arena.Reserve<ulong>(Replicas);
        Members = arena.Reserve<int>(Replicas);
        Mask = arena.Reserve<float>(plan.Parameters.IsMasked ? Layout.Stride : 0);
    }

    /// <summary>What the replicas are.</summary>
    public Plan Plan { get; }

    public int Replicas { get; }

    /// <summary>Where the tensors of parameters, gradients and moments lie.</summary>
    public DeviceLayout Layout { get; }

    /// <summary>Where running statistics lie.</summary>
    public DeviceLayout StatisticsLayout { get; }

    /// <summary>Numbers from one replica's parameters to the next one's.</summary>
    public int ParameterStride => Layout.Stride;

    /// <summary>Numbers from one replica's statistics to the next one's.</summary>
    public int StatisticsStride => StatisticsLayout.Stride;

    /// <summary>Sets of moments, a <see cref="ParameterStride"/> apart.</summary>
    public int MomentSets { get; }

    /// <summary>Numbers from one replica's moments to the next one's.</summary>
    public long MomentStride => (long)MomentSets * Layout.Stride;

    /// <summary>n: rows of the data.</summary>
    public int Samples { get; }

    /// <summary>D: numbers of a row of the data.</summary>
    public int Width { get; }

    /// <summary>Rows that each replica trains on.</summary>
    public int RowsPerReplica { get; }

    public DeviceBuffer Data { get; }

    public DeviceBuffer Offset { get; }

    public DeviceBuffer Scale { get; }

    /// <summary>The places in a row of each replica's features; null where all see all.</summary>
    public DeviceBuffer? Columns { get; }

    /// <summary>Each replica's own rows.</summary>
    public DeviceBuffer Rows { get; }

    public DeviceBuffer Parameters { get; }

    public DeviceBuffer Gradient { get; }

    public DeviceBuffer FirstMoment { get; }

    public DeviceBuffer SecondMoment { get; }

    public DeviceBuffer Statistics { get; }

    /// <summary>What is set and not learned: a block for each tensor of <see cref="Plan.State"/>.</summary>
    public DeviceBuffer[] State { get; }

    public DeviceBuffer Steps { get; }

    public DeviceBuffer ImportanceWeights { get; }

    public DeviceBuffer Scores { get; }

    public DeviceBuffer EpochLoss { get; }

    /// <summary>Where training is.</summary>
    public DeviceBuffer Cursor { get; }

    /// <summary>How each replica's last training went.</summary>
    public DeviceBuffer Outcomes { get; }

    /// <summary>Seed of each replica's run.</summary>
    public DeviceBuffer Seeds { get; }

    /// <summary>Number of each replica within its run.</summary>
    public DeviceBuffer Members { get; }

    /// <summary>1 for a parameter that there is, 0 for one that is masked out; shared by all replicas.</summary>
    public DeviceBuffer Mask { get; }

    /// <summary>Replica 0's tensor in the parameter block; 0 for none.</summary>
    public ulong Parameter(TensorSlot? slot) => At(Parameters, Layout, slot);

    /// <summary>Replica 0's tensor in the gradient block; 0 for none.</summary>
    public ulong GradientOf(TensorSlot? slot) => At(Gradient, Layout, slot);

    /// <summary>Replica 0's tensor in the block of running statistics; 0 for none.</summary>
    public ulong Statistic(TensorSlot? slot) => At(Statistics, StatisticsLayout, slot);

    /// <summary>Replica 0's part of the state that is set and not learned; 0 for none.</summary>
    public ulong StateOf(TensorSlot? slot) => slot is null ? 0 : BlockOf(slot).Address;

    /// <summary>Copies to the device what never changes, and sets all weights to 1.</summary>
    /// <param name="spec">The data, and who trains on them.</param>
    /// <param name="rowsOnDevice">Where the data lie on the device already; 0 for nowhere.</param>
    public void Upload(SessionSpec spec, ulong rowsOnDevice = 0)
    {
        if (rowsOnDevice != 0) _driver.CopyOnDevice(Data.Address, rowsOnDevice, spec.Data.Length * sizeof(float));
        else UploadRows(spec);
        Write<float>(Offset, 0, spec.Scaler.Offset);
        Write<float>(Scale, 0, spec.Scaler.Scale);
        if (Mask.Bytes > 0) WriteTensors(Mask, Layout, 0, Plan.Parameters.ToMask());
        ResetWeights();
        foreach (DeviceBuffer buffer in (DeviceBuffer[])[Parameters, Gradient, FirstMoment, SecondMoment, Statistics, .. State, Steps, Scores])
        {
            if (buffer.Bytes > 0) _driver.Clear(buffer.Address, buffer.Bytes);
        }

        for (int replica = 0; replica < Replicas; replica++)
        {
            Write<int>(Rows, replica, spec.Replicas[replica].Rows);
            if (Columns is not null) Write<int>(Columns, replica, spec.Replicas[replica].Columns);
            Write<ulong>(Seeds, replica, [spec.Replicas[replica].Key]);
            Write<int>(Members, replica, [spec.Replicas[replica].Member]);
        }
    }

    /// <summary>
    /// Sets all importance weights to 1: a few of them are copied to the device, and what is there then behind itself, twice as
    /// much each time.
    /// </summary>
    public void ResetWeights()
    {
        Span<float> ones = stackalloc float[256];
        ones.Fill(1);
        ulong first = ImportanceWeights.Address;
        long bytes = ImportanceWeights.Bytes, done = Math.Min(bytes, ones.Length * sizeof(float));
        _driver.CopyToDevice(first, MemoryMarshal.AsBytes(ones)[..(int)done]);
        while (done < bytes)
        {
            long more = Math.Min(done, bytes - done);
            _driver.CopyOnDevice(first + (ulong)done, first, more);
            done += more;
        }
    }

    public void Import(int replica, ReplicaState state)
    {
        WriteTensors(Parameters, Layout, replica, state.Parameters);
        for (int set = 0; set < MomentSets; set++)
        {
            WriteTensors(FirstMoment, Layout, (replica * MomentSets) + set, state.FirstMoment.AsSpan(set * Plan.MomentStride));
            WriteTensors(SecondMoment, Layout, (replica * MomentSets) + set, state.SecondMoment.AsSpan(set * Plan.MomentStride));
        }

        WriteTensors(Statistics, StatisticsLayout, replica, state.Statistics);
        foreach (TensorSlot slot in Plan.State.Slots)
            Write<float>(BlockOf(slot), replica, state.State.AsSpan(slot.Offset, slot.Length));
        Write<long>(Steps, replica, [state.Steps]);
    }

    public void Export(int replica, ReplicaState state)
    {
        ReadTensors(Parameters, Layout, replica, state.Parameters);
        state.FirstMoment.AsSpan().Clear(); // between sets, too
        state.SecondMoment.AsSpan().Clear();
        for (int set = 0; set < MomentSets; set++)
        {
            ReadTensors(FirstMoment, Layout, (replica * MomentSets) + set, state.FirstMoment.AsSpan(set * Plan.MomentStride));
            ReadTensors(SecondMoment, Layout, (replica * MomentSets) + set, state.SecondMoment.AsSpan(set * Plan.MomentStride));
        }

        ReadTensors(Statistics, StatisticsLayout, replica, state.Statistics);
        foreach (TensorSlot slot in Plan.State.Slots) Read(BlockOf(slot), replica, state.State.AsSpan(slot.Offset, slot.Length));
        Span<long> steps = stackalloc long[1];
        Read(Steps, replica, steps);
        state.Steps = steps[0];
    }

    /// <summary>Reads the tensors of a replica, without the gaps between them.</summary>
    /// <param name="buffer">Blocks as this state has them.</param>
    /// <param name="layout">Where the tensors lie in a block.</param>
    /// <param name="block">Which block.</param>
    /// <param name="values">As the plan has them.</param>
    public void ReadTensors(DeviceBuffer buffer, DeviceLayout layout, int block, Span<float> values)
    {
        Span<float> packed = Packed(layout);
        Read(buffer, block, packed);
        layout.Unpack(packed, values);
    }

    /// <summary>Writes the part of a block that belongs to a replica.</summary>
    public unsafe void Write<T>(DeviceBuffer buffer, int replica, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        if (values.IsEmpty) return;
        _driver.CopyToDevice(buffer.Address + ((ulong)replica * (ulong)values.Length * (ulong)sizeof(T)), MemoryMarshal.AsBytes(values));
    }

    /// <summary>Reads the part of a block that belongs to a replica.</summary>
    public unsafe void Read<T>(DeviceBuffer buffer, int replica, Span<T> values)
        where T : unmanaged
    {
        if (values.IsEmpty) return;
        _driver.CopyToHost(MemoryMarshal.AsBytes(values), buffer.Address + ((ulong)replica * (ulong)values.Length * (ulong)sizeof(T)));
    }

    private DeviceBuffer BlockOf(TensorSlot slot)
    {
        int index = 0;
        while (Plan.State.Slots[index] != slot) index++;
        return State[index];
    }

    private void WriteTensors(DeviceBuffer buffer, DeviceLayout layout, int block, ReadOnlySpan<float> values)
    {
        Span<float> packed = Packed(layout);
        packed.Clear();
        layout.Pack(values, packed);
        Write<float>(buffer, block, packed);
    }

    private Span<float> Packed(DeviceLayout layout)
    {
        _packed ??= new float[Math.Max(Layout.Stride, StatisticsLayout.Stride)];
        return _packed.AsSpan(0, layout.Stride);
    }

    // In parts, since rows may be more than an array holds.
    private void UploadRows(SessionSpec spec)
    {
        for (int start = 0, count; start < spec.Samples; start += count)
        {
            count = Math.Min(spec.Samples - start, spec.RowsAtOnce);
            _driver.CopyToDevice(
                Data.Address + ((ulong)start * (ulong)spec.Width * sizeof(float)), MemoryMarshal.AsBytes(spec.RowsFrom(start, count)));
        }
    }

    private static ulong At(DeviceBuffer buffer, DeviceLayout layout, TensorSlot? slot) =>
        slot is null ? 0 : buffer.Address + ((ulong)layout.PlaceOf(slot.Offset) * sizeof(float));
}
