using System.Runtime.InteropServices;
using IadNative.Compute;
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

/// <summary>The loss of a batch that is split into pseudo-normal and other samples; a block per replica sorts it.</summary>
internal sealed class CudaDiscriminativeLoss(DiscriminativeLoss loss) : CudaOperation
{
    // A batch's keys in whole powers of two are less than two of a sample, and each is as long as two floats.
    private const int FloatsOfKeys = 4;

    public static readonly KernelDefinition<DiscriminativeArguments> Kernel = new(
        "discriminative.cu", "discriminative_loss", (in _, replicas, _) => LaunchShape.Replicas(replicas));

    public override Action<int> InTrainingStep(CudaTrainingStep training, Queue<PlanOperation> following)
    {
        Kernel<DiscriminativeArguments> kernel = training.Kernel(Kernel);
        Kernel<LossSumArguments> add = training.Kernel(CudaScore.AddBatchLoss);
        RowBuffer scores = training.Read(loss.Scores), scoreGradient = training.Write(loss.ScoreGradient);
        RowBuffer losses = training.Reserve(1), keys = training.Reserve(FloatsOfKeys);
        return samples =>
        {
            kernel.Launch(
                new DiscriminativeArguments
                {
                    Scores = scores.Address,
                    Weights = training.Weights.Address,
                    Losses = losses.Address,
                    ScoreGradient = scoreGradient.Address,
                    Keys = keys.Address,
                    KeysStride = keys.Stride / 2,
                    Unit = loss.Unit,
                    Lambda = loss.Lambda,
                    BatchStride = training.Rows,
                    Samples = samples,
                },
                training.State.Replicas);
            add.Launch(
                new LossSumArguments
                {
                    Losses = losses.Address,
                    EpochLoss = training.State.EpochLoss.Address,
                    BatchStride = training.Rows,
                    Samples = samples,
                },
                training.State.Replicas);
        };
    }
}
