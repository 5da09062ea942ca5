using System.Runtime.InteropServices;
using IadNative.Compute;
using IadNative.Compute.Operations;
using IadNative.Cuda.Compilation;
using IadNative.Cuda.Operations;

namespace IadNative.Cuda.Fusion;

/// <summary>As in kernels/fused/block.cuh.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ChainEpochArguments
{
    public ulong Data, Order, Columns, Offset, Scale, Importance, Parameters, Gradient, First, Second, Statistics, Center, Radius, Steps;
    public ulong EpochLoss, Cursor;
    public long ImportanceStride, ParameterStride, StatisticsStride;
    public double Rate, Quantile;
    public AdamRule Adam;
    public int Width, Rows, Batch, Batches, FromEpoch;
    public float Nu, Epsilon, Momentum;
}

/// <summary>As in kernels/fused/flow_epoch.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FlowEpochArguments
{
    public ChainEpochArguments Epoch;
    public ulong Mask;
}

/// <summary>All steps of an epoch in one launch, a block per replica, where the plan is one that a block can hold.</summary>
internal sealed class FusedEpoch
{
    private readonly DenseChain? _chain;

    private FusedEpoch(BlockShape shape, DenseChain? chain) => (Shape, _chain) = (shape, chain);

    /// <summary>What the kernel is compiled for.</summary>
    public BlockShape Shape { get; }

    /// <summary>Whether the network is a chain of dense layers; otherwise it is a flow.</summary>
    public bool IsChain => _chain is not null;

    /// <summary>The epoch of a plan; null where it is neither a chain nor a flow, or a block cannot hold it.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="state">Where its replicas lie.</param>
    /// <param name="largestBatch">Samples of the largest batch.</param>
    /// <param name="mostSharedBytes">Shared memory that a block can have.</param>
    public static FusedEpoch? Of(Plan plan, CudaState state, int largestBatch, int mostSharedBytes)
    {
        bool hasColumns = state.Columns is not null;
        mostSharedBytes -= BlockShape.StaticBytes;
        if (DenseChain.In(plan) is { } chain)
        {
            return ChainShape.Of(chain, state.Layout, state.StatisticsLayout, largestBatch, hasColumns, mostSharedBytes) is { } shape
                ? new FusedEpoch(shape, chain)
                : null;
        }

        return MaskedFlow.In(plan) is { } flow
            && FlowShape.Of(flow, state.Layout, state.StatisticsLayout, largestBatch, hasColumns, mostSharedBytes) is { } flowShape
                ? new FusedEpoch(flowShape, null)
                : null;
    }

    /// <summary>The only part of an epoch.</summary>
    /// <param name="kernels">Where the kernel comes from.</param>
    /// <param name="state">The replicas.</param>
    /// <param name="spec">How they train.</param>
    /// <param name="order">Each replica's rows in the order of the epoch.</param>
    /// <param name="schedule">How an epoch is cut into batches.</param>
    public EpochPart Part(DeviceKernels kernels, CudaState state, SessionSpec spec, DeviceBuffer order, BatchSchedule schedule)
    {
        if (_chain is not null)
        {
            Kernel<ChainEpochArguments> kernel = kernels.Get(Chain(Shape), Shape.SharedBytes);
            return new EpochPart(() => kernel.Launch(Arguments(state, spec, order, schedule), state.Replicas));
        }

        Kernel<FlowEpochArguments> flow = kernels.Get(Flow(Shape), Shape.SharedBytes);
        return new EpochPart(() => flow.Launch(FlowArguments(state, spec, order, schedule), state.Replicas));
    }

    /// <summary>The kernel of a chain; a block per replica.</summary>
    public static KernelDefinition<ChainEpochArguments> Chain(BlockShape shape) => new(
        new KernelFile(ChainShape.File, shape.Header), "chain_epoch",
        (in _, replicas, _) => new LaunchShape(replicas, 1, 1, shape.Threads, shape.SharedBytes));

    /// <summary>The kernel of a flow; a block per replica.</summary>
    public static KernelDefinition<FlowEpochArguments> Flow(BlockShape shape) => new(
        new KernelFile(FlowShape.File, shape.Header), "flow_epoch",
        (in _, replicas, _) => new LaunchShape(replicas, 1, 1, shape.Threads, shape.SharedBytes));

    /// <summary>What the kernel of a flow takes; as of <see cref="Part"/>, once the state is allocated.</summary>
    public FlowEpochArguments FlowArguments(CudaState state, SessionSpec spec, DeviceBuffer order, BatchSchedule schedule) => new()
    {
        Epoch = Arguments(state, spec, order, schedule) with { Epsilon = FlowNorm.Epsilon, Momentum = FlowNorm.Momentum },
        Mask = state.Mask.Address,
    };

    /// <summary>What the kernel of a chain takes; as of <see cref="Part"/>, once the state is allocated.</summary>
    public ChainEpochArguments Arguments(CudaState state, SessionSpec spec, DeviceBuffer order, BatchSchedule schedule) => new()
    {
        Data = state.Data.Address,
        Order = order.Address,
        Columns = state.Columns?.Address ?? 0,
        Offset = state.Offset.Address,
        Scale = state.Scale.Address,
        Importance = state.ImportanceWeights.Address,
        Parameters = state.Parameters.Address,
        Gradient = state.Gradient.Address,
        First = state.FirstMoment.Address,
        Second = state.SecondMoment.Address,
        Statistics = state.Statistics.Address,
        Center = state.StateOf(_chain?.Center),
        Radius = state.StateOf(_chain?.Radius?.Radius),
        Steps = state.Steps.Address,
        EpochLoss = state.EpochLoss.Address,
        Cursor = state.Cursor.Address,
        ImportanceStride = state.Samples,
        ParameterStride = state.ParameterStride,
        StatisticsStride = state.StatisticsStride,
        Rate = spec.LearningRate,
        Quantile = 1 - (_chain?.Radius?.Nu ?? 0),
        Adam = AdamRule.Of(spec.WeightDecay),
        Width = state.Width,
        Rows = state.RowsPerReplica,
        Batch = schedule.Length(0),
        Batches = schedule.Count,
        FromEpoch = _chain?.Radius?.FromEpoch ?? 0,
        Nu = (float)(_chain?.Radius?.Nu ?? 0),
        Epsilon = BatchNorm.Epsilon,
        Momentum = BatchNorm.Momentum,
    };
}
