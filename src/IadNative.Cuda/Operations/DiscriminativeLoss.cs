using System.Runtime.InteropServices;
using IadNative.Compute.Operations;

namespace IadNative.Cuda.Operations;

/// <summary>As in kernels/discriminative.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct DiscriminativeArguments
{
    public ulong Scores, Weights, Losses, ScoreGradient, Keys;
    public long KeysStride;
    public double Unit, Lambda;
    public int BatchStride, Samples;
}

/// <summary>The loss of a batch that is split into pseudo-normal and other samples.</summary>
internal sealed class CudaDiscriminativeLoss(DiscriminativeLoss loss) : CudaRankedLoss(loss.Scores, loss.ScoreGradient)
{
    public static readonly KernelDefinition<DiscriminativeArguments> Kernel = new(
        "discriminative.cu", "discriminative_loss", (in _, replicas, _) => LaunchShape.Replicas(replicas));

    protected override Action<int> Rank(CudaTrainingStep training, RankedBuffers buffers)
    {
        Kernel<DiscriminativeArguments> kernel = training.Kernel(Kernel);
        return samples => kernel.Launch(
            new DiscriminativeArguments
            {
                Scores = buffers.Scores.Address,
                Weights = training.Weights.Address,
                Losses = buffers.Losses.Address,
                ScoreGradient = buffers.ScoreGradient.Address,
                Keys = buffers.Keys.Address,
                KeysStride = buffers.KeysStride,
                Unit = loss.Unit,
                Lambda = loss.Lambda,
                BatchStride = training.Rows,
                Samples = samples,
            },
            training.State.Replicas);
    }
}
