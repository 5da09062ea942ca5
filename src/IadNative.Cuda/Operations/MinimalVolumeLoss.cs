using System.Runtime.InteropServices;
using IadNative.Compute.Operations;

namespace IadNative.Cuda.Operations;

/// <summary>As in kernels/minimal_volume.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MinimalVolumeArguments
{
    public ulong Scores, Weights, Losses, ScoreGradient, Keys;
    public long KeysStride;
    public double Alpha;
    public int BatchStride, Samples;
}

/// <summary>The loss that draws a ball of least volume around most of a batch.</summary>
internal sealed class CudaMinimalVolumeLoss(MinimalVolumeLoss loss) : CudaRankedLoss(loss.Scores, loss.ScoreGradient)
{
    public static readonly KernelDefinition<MinimalVolumeArguments> Kernel = new(
        "minimal_volume.cu", "minimal_volume_loss", (in _, replicas, _) => LaunchShape.Replicas(replicas));

    protected override Action<int> Rank(CudaTrainingStep training, RankedBuffers buffers)
    {
        Kernel<MinimalVolumeArguments> kernel = training.Kernel(Kernel);
        return samples => kernel.Launch(
            new MinimalVolumeArguments
            {
                Scores = buffers.Scores.Address,
                Weights = training.Weights.Address,
                Losses = buffers.Losses.Address,
                ScoreGradient = buffers.ScoreGradient.Address,
                Keys = buffers.Keys.Address,
                KeysStride = buffers.KeysStride,
                Alpha = loss.Alpha,
                BatchStride = training.Rows,
                Samples = samples,
            },
            training.State.Replicas);
    }
}
