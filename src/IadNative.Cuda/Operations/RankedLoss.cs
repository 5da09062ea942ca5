using IadNative.Compute;

namespace IadNative.Cuda.Operations;

/// <summary>What a loss that ranks its batch works on.</summary>
/// <param name="Scores">The scores.</param>
/// <param name="Losses">Receives what each sample adds to the loss, times the samples of the batch.</param>
/// <param name="ScoreGradient">Receives the gradient of the loss by the scores.</param>
/// <param name="Keys">Room to sort in.</param>
internal sealed record RankedBuffers(RowBuffer Scores, RowBuffer Losses, RowBuffer ScoreGradient, RowBuffer Keys)
{
    /// <summary>Keys from one replica to the next; a key is as long as two floats.</summary>
    public long KeysStride => Keys.Stride / 2;
}

/// <summary>A loss whose gradient depends on the order of the scores in their batch: a block per replica sorts it (kernels/rank.cuh).</summary>
internal abstract class CudaRankedLoss(Activation scores, Activation scoreGradient) : CudaOperation
{
    // The next power of two is less than two keys of a sample, each as long as two floats.
    private const int FloatsOfKeys = 4;

    public sealed override Action<int> InTrainingStep(CudaTrainingStep training, Queue<PlanOperation> following)
    {
        var buffers = new RankedBuffers(training.Read(scores), training.Reserve(1), training.Write(scoreGradient), training.Reserve(FloatsOfKeys));
        Action<int> rank = Rank(training, buffers);
        Kernel<LossSumArguments> add = training.Kernel(CudaScore.AddBatchLoss);
        return samples =>
        {
            rank(samples);
            add.Launch(
                new LossSumArguments
                {
                    Losses = buffers.Losses.Address,
                    EpochLoss = training.State.EpochLoss.Address,
                    BatchStride = training.Rows,
                    Samples = samples,
                },
                training.State.Replicas);
        };
    }

    /// <summary>Writes losses and gradient.</summary>
    protected abstract Action<int> Rank(CudaTrainingStep training, RankedBuffers buffers);
}
