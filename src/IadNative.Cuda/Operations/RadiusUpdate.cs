using System.Runtime.InteropServices;
using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Cuda.Operations;

/// <summary>As in kernels/radius.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RadiusArguments
{
    public ulong Scores, Radius, Cursor;
    public int BatchStride, Samples, FromEpoch;
    public double Quantile;
}

/// <summary>Sets a soft boundary's radius, after each step or at the end of an epoch; a block per replica.</summary>
internal sealed class CudaRadiusUpdate(RadiusUpdate update) : CudaOperation
{
    public static readonly KernelDefinition<RadiusArguments> Kernel = new(
        "radius.cu", "update_radius", (in _, replicas, _) => LaunchShape.Replicas(replicas));

    public override Action<int> InTrainingStep(CudaTrainingStep training, Queue<PlanOperation> following) => AtEpochEnd(training);

    public override Action<int> AtEpochEnd(CudaTrainingStep training)
    {
        Kernel<RadiusArguments> kernel = training.Kernel(Kernel);
        RowBuffer scores = training.Read(update.Scores);
        return samples => kernel.Launch(
            new RadiusArguments
            {
                Scores = scores.Address,
                Radius = training.State.StateOf(update.Radius),
                Cursor = training.State.Cursor.Address,
                BatchStride = training.Rows,
                Samples = samples,
                FromEpoch = update.FromEpoch,
                Quantile = 1 - update.Nu,
            },
            training.State.Replicas);
    }
}
