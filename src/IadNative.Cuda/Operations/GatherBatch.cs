using System.Runtime.InteropServices;
using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Cuda.Operations;

/// <summary>As in kernels/gather.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct GatherArguments
{
    public ulong Data, Rows, Columns, Offset, Scale, Importance, Cursor, Output, BatchWeights;
    public long RowsStride, ImportanceStride, OutputStride;
    public int WeightsStride, Width, Features, Start, Samples;
}

/// <summary>
/// The rows of a batch, with their importance weights, or rows to be scored: those of the data, gathered once for all replicas that
/// see the same columns, or each replica's own.
/// </summary>
internal sealed class CudaGatherBatch(GatherBatch gather) : CudaOperation
{
    public static readonly KernelDefinition<GatherArguments> Kernel = new(
        "gather.cu", "gather_batch", (in a, replicas, _) => LaunchShape.Elements((long)a.Samples * a.Features, replicas));

    public override Action<int> InTrainingStep(CudaTrainingStep training, Queue<PlanOperation> following)
    {
        Kernel<GatherArguments> kernel = training.Kernel(Kernel);
        CudaState state = training.State;
        RowBuffer output = training.Write(gather.Output);
        return samples => kernel.Launch(
            new GatherArguments
            {
                Data = state.Data.Address,
                Rows = training.Order.Address,
                Columns = state.Columns?.Address ?? 0,
                Offset = state.Offset.Address,
                Scale = state.Scale.Address,
                Importance = state.ImportanceWeights.Address,
                Cursor = state.Cursor.Address,
                Output = output.Address,
                BatchWeights = training.Weights.Address,
                RowsStride = state.RowsPerReplica,
                ImportanceStride = state.Samples,
                OutputStride = output.Stride,
                WeightsStride = training.Rows,
                Width = state.Width,
                Features = training.Plan.Features,
                Samples = samples,
            },
            state.Replicas);
    }

    public override Action<RowRange> InFit(CudaFit fitting)
    {
        Kernel<GatherArguments> kernel = fitting.Kernel(Kernel);
        CudaState state = fitting.State;
        RowBuffer output = fitting.Write(gather.Output);
        return rows => kernel.Launch(
            new GatherArguments
            {
                Data = state.Data.Address,
                Rows = state.Rows.Address,
                Columns = state.Columns?.Address ?? 0,
                Offset = state.Offset.Address,
                Scale = state.Scale.Address,
                Importance = state.ImportanceWeights.Address,
                Output = output.Address,
                BatchWeights = fitting.Weights.Address,
                RowsStride = state.RowsPerReplica,
                ImportanceStride = state.Samples,
                OutputStride = output.Stride,
                WeightsStride = fitting.Rows,
                Width = state.Width,
                Features = fitting.Plan.Features,
                Start = rows.Start,
                Samples = rows.Count,
            },
            state.Replicas);
    }

    public override Action<RowRange> InScoring(CudaScoring scoring)
    {
        Kernel<GatherArguments> kernel = scoring.Kernel(Kernel);
        CudaState state = scoring.State;
        RowBuffer output = scoring.Write(gather.Output, isCommon: state.Columns is null);
        return rows => kernel.Launch(
            new GatherArguments
            {
                Data = state.Data.Address,
                Rows = rows.AreOwn ? state.Rows.Address : 0,
                Columns = state.Columns?.Address ?? 0,
                Offset = state.Offset.Address,
                Scale = state.Scale.Address,
                Output = output.Address,
                RowsStride = state.RowsPerReplica,
                OutputStride = output.Stride,
                Width = state.Width,
                Features = scoring.Plan.Features,
                Start = rows.Start,
                Samples = rows.Count,
            },
            rows.AreOwn || state.Columns is not null ? state.Replicas : 1);
    }
}
