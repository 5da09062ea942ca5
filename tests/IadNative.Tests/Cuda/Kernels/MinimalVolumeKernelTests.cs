using IadNative.Cuda;
using IadNative.Cuda.Operations;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>OneFlow's loss of a batch: the Bernstein coefficients of the descending scores.</summary>
[TestFixtureSource(typeof(KernelDevices), nameof(KernelDevices.Fixtures))]
internal sealed class MinimalVolumeKernelTests(Func<ICudaDriver> open) : KernelTests(open)
{
    // Logarithms of up to some 10⁴ in float64, rounded to float32 at the end.
    private const double RelativeError = 1e-9 + 1.2e-7;

    // More samples than threads, and one batch whose keys are in the scratch.
    public static readonly KernelExercise Exercise = new("minimal_volume.cu", driver =>
    {
        var bench = new Bench(driver);
        Rank(bench, [Distinct(1, 67), Distinct(2, 67), [.. Distinct(3, 66), float.NaN]], 0.2);
        Rank(bench, [Distinct(4, 600)], 0.3);
        Rank(bench, [Distinct(5, 2049)], 0.1);
    });

    [Test]
    public void Coefficients_go_to_the_samples_by_rank(
        [Values(1, 2, 3, 31, 33, 127, 256, 257, 1000, 1030, 2048, 2049, 5000)] int samples, [Values(0.01, 0.2, 0.5, 0.99)] double alpha) =>
        Rank(Bench, [Distinct(1, samples), Distinct(2, samples)], alpha);

    [Test]
    public void Five_samples_have_the_coefficients_of_the_example()
    {
        (_, float[][] gradient) = Launch(Bench, [[3, 5, 1, 2, 4]], [[1, 1, 1, 1, 1]], 0.2);
        Assert.That(gradient[0], Is.EqualTo((float[])[0.0512f, 0.4096f, 0.00032f, 0.0064f, 0.2048f]).Within(1e-7f));
    }

    [Test]
    public void Of_equal_scores_the_later_samples_come_first()
    {
        (_, float[][] gradient) = Launch(Bench, [[2, 2, 2]], [[1, 1, 1]], 0.2);
        Assert.That(gradient[0], Is.Ordered.Ascending.And.Unique);
    }

    [Test]
    public void A_score_that_is_not_finite_leaves_the_other_replicas_alone([Values(float.NaN, float.PositiveInfinity)] float bad)
    {
        float[] scores = Distinct(7, 33);
        scores[20] = bad;
        Rank(Bench, [Distinct(8, 33), scores, Distinct(9, 33)], 0.1);
    }

    private static float[] Distinct(int seed, int samples)
    {
        var random = new System.Random(seed);
        float[] scores = [.. Enumerable.Range(0, samples).Select(s => 0.1f + s)];
        random.Shuffle(scores);
        return scores;
    }

    private static void Rank(Bench bench, float[][] scores, double alpha)
    {
        int samples = scores[0].Length;
        float[][] weights = Blocks.Positive(new System.Random(samples), scores.Length, samples);
        (float[][] losses, float[][] gradient) = Launch(bench, scores, weights, alpha);
        for (int r = 0; r < scores.Length; r++)
        {
            string what = $"{samples} samples, replica {r} of {scores.Length}, α = {alpha}";
            if (!scores[r].All(float.IsFinite))
            {
                Assert.That(losses[r], Has.All.NaN, what);
                Assert.That(gradient[r], Has.All.Zero, what);
                continue;
            }

            int[] order = [.. Enumerable.Range(0, samples).OrderByDescending(s => scores[r][s])];
            double coefficient = Math.Pow(1 - alpha, samples), all = 0;
            bool isExact = coefficient > 1e-290;
            for (int k = 1; k <= samples; k++)
            {
                int s = order[k - 1];
                coefficient *= (double)(samples - k + 1) / k * alpha / (1 - alpha);
                all += gradient[r][s] / weights[r][s];
                if (!isExact) continue;
                double pull = coefficient * weights[r][s], loss = pull * scores[r][s] * samples;
                Assert.That(Math.Abs(gradient[r][s] - pull) <= (RelativeError * pull) + 1e-38, what);
                Assert.That(Math.Abs(losses[r][s] - loss) <= (RelativeError * loss) + 1e-38, what);
            }

            // Where the plain product underflows, that all sum to 1 − (1 − α)^B.
            Assert.That(all, Is.EqualTo(1 - Math.Pow(1 - alpha, samples)).Within(1e-6), what);
        }
    }

    private static (float[][] Losses, float[][] Gradient) Launch(Bench bench, float[][] scores, float[][] weights, double alpha)
    {
        int replicas = scores.Length, samples = scores[0].Length, stride = samples + 3, keys = 2 * samples;
        Blocks losses = Blocks.Output(bench.Driver, replicas, samples, stride);
        Blocks gradient = Blocks.Output(bench.Driver, replicas, samples, stride);
        bench.Launch(
            CudaMinimalVolumeLoss.Kernel,
            new()
            {
                Scores = Blocks.Input(bench.Driver, scores, stride).Address,
                Weights = Blocks.Input(bench.Driver, weights, stride).Address,
                Losses = losses.Address,
                ScoreGradient = gradient.Address,
                Keys = bench.Driver.Upload<ulong>(new ulong[replicas * keys]),
                KeysStride = keys,
                Alpha = alpha,
                BatchStride = stride,
                Samples = samples,
            },
            replicas);
        return (losses.Read("losses"), gradient.Read("gradient"));
    }
}
