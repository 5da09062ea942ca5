using IadNative.Cuda;
using IadNative.Cuda.Operations;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>The absolute loss of a network with one output: all in it but the division by the batch is exact.</summary>
[TestFixtureSource(typeof(KernelDevices), nameof(KernelDevices.Fixtures))]
internal sealed class AbsoluteLossKernelTests(Func<ICudaDriver> open) : KernelTests(open)
{
    [Test]
    public void Scores_losses_and_gradients_follow_the_formula([Values(1, 2, 31, 33, 127, 257)] int samples)
    {
        foreach (int replicas in ReplicaCounts) Deviate(Bench, samples, replicas);
    }

    /// <summary>A batch, in training and in scoring. Some samples are at their targets, and one is no number.</summary>
    public static void Deviate(Bench bench, int samples, int replicas)
    {
        var random = new System.Random(samples);
        float[][] output = Blocks.Normal(random, replicas, samples);
        float[][] targets = [.. output.Select(values => values.Select((value, s) => s % 5 == 2 ? value : (float)random.Next(2)).ToArray())];
        output[^1][samples - 1] = float.NaN;
        int stride = samples + 5, batchStride = samples + 3;
        Blocks scores = Blocks.Output(bench.Driver, replicas, samples, stride), alone = Blocks.Output(bench.Driver, replicas, samples, stride);
        Blocks losses = Blocks.Output(bench.Driver, replicas, samples, batchStride);
        Blocks gradient = Blocks.Output(bench.Driver, replicas, samples, stride);
        var arguments = new LossArguments
        {
            Output = Blocks.Input(bench.Driver, output, stride).Address,
            Weights = Blocks.Input(bench.Driver, targets, batchStride).Address,
            Scores = scores.Address,
            Losses = losses.Address,
            Gradient = gradient.Address,
            Stride = stride,
            ScoresStride = stride,
            BatchStride = batchStride,
            Width = 1,
            Samples = samples,
            Kind = (int)ScoreKind.Absolute,
        };
        bench.Launch(CudaScore.WeightedLoss, arguments, replicas);
        bench.Launch(CudaScore.ScoreOutput, arguments with { Scores = alone.Address, Kind = (int)ScoreKind.Output }, replicas);
        string what = $"{samples} samples, {replicas} replicas";
        Assert.That(scores.Read(what), Is.EqualTo(output), what);
        Assert.That(alone.Read(what), Is.EqualTo(output), what);
        (float[][] lost, float[][] pulls) = (losses.Read(what), gradient.Read(what));
        for (int r = 0; r < replicas; r++)
        {
            for (int s = 0; s < samples; s++)
            {
                float difference = output[r][s] - targets[r][s];
                Assert.That(lost[r][s], Is.EqualTo(MathF.Abs(difference)), what);
                Assert.That(pulls[r][s], Is.EqualTo(difference > 0 ? 1f / samples : difference < 0 ? -1f / samples : 0), what);
            }
        }
    }
}
