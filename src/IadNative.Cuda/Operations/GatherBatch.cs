using System.Runtime.InteropServices;
using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Cuda.Operations;

/// <summary>As in kernels/gather.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct GatherArguments
{
    public ulong Data, Rows, Columns, Offset, Scale, Importance, Cursor, Output, BatchWeights, Steps, Corrections;
    public long RowsStride, ImportanceStride, OutputStride;
    public double Rate;
    public int WeightsStride, Width, Features, Samples;
    public float Beta1, Beta2;
}

/// <summary>
/// The rows of a batch, with their importance weights and what Adam's step depends on, or rows to be scored: those of the data, gathered once for all replicas that
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
        DeviceBuffer corrections = training.Arena.Reserve<float>(2L * state.Replicas);
        training.Save(CudaAdamStep.Kernel, corrections);
        return samples => kernel.Launch(
            Weighted(state, training.Plan, output, training.Weights, training.Rows) with
            {
                Rows = training.Order.Address,
                Cursor = state.Cursor.Address,
                Steps = state.Steps.Address,
                Corrections = corrections.Address,
                Rate = training.Spec.LearningRate,
                Samples = samples,
                Beta1 = AdamStep.Beta1,
                Beta2 = AdamStep.Beta2,
            },
            state.Replicas);
    }

    public override Action<RowRange> InFit(CudaFit fitting)
    {
        Kernel<GatherArguments> kernel = fitting.Kernel(Kernel);
        CudaState state = fitting.State;
        RowBuffer output = fitting.Write(gather.Output);
        return rows => kernel.Launch(
            Weighted(state, fitting.Plan, output, fitting.Weights, fitting.Rows) with
            {
                Rows = state.Rows.Address,
                Cursor = fitting.Cursor.Address,
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
            Plain(state, scoring.Plan, output) with
            {
                Rows = rows.AreOwn ? state.Rows.Address : 0,
                Cursor = scoring.Cursor.Address,
                Samples = rows.Count,
            },
            rows.AreOwn || state.Columns is not null ? state.Replicas : 1);
    }

    private static GatherArguments Plain(CudaState state, Plan plan, RowBuffer output) => new()
    {
        Data = state.Data.Address,
        Columns = state.Columns?.Address ?? 0,
        Offset = state.Offset.Address,
        Scale = state.Scale.Address,
        Output = output.Address,
        RowsStride = state.RowsPerReplica,
        OutputStride = output.Stride,
        Width = state.Width,
        Features = plan.Features,
    };

    // With the importance weights of the rows.
    private static GatherArguments Weighted(CudaState state, Plan plan, RowBuffer output, RowBuffer weights, int weightsStride) =>
        Plain(state, plan, output) with
        {
            Importance = state.ImportanceWeights.Address,
            BatchWeights = weights.Address,
            ImportanceStride = state.Samples,
            WeightsStride = weightsStride,
        };
}
