using System.Numerics;
using IadNative.Cuda;
using IadNative.Cuda.Operations;
using IadNative.Tests.Compute;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>DRAE's loss of a batch: where it is split, what each sample adds to the loss, and the gradient.</summary>
[TestFixtureSource(typeof(KernelDevices), nameof(KernelDevices.Fixtures))]
internal sealed class DiscriminativeKernelTests(Func<ICudaDriver> open) : KernelTests(open)
{
    private const double Unit = 0.25, Lambda = 3;

    // More than one stretch for each thread, and one batch whose keys are in the scratch.
    public static readonly KernelExercise Exercise = new("discriminative.cu", driver =>
    {
        var bench = new Bench(driver);
        Split(bench, [Distinct(1, 67), Few(2, 67), [.. Distinct(3, 66), float.NaN]]);
        Split(bench, [Distinct(4, 600)]);
        Split(bench, [Distinct(5, 2049)]);
    });

    [Test]
    public void Every_small_batch_is_split_among_distinct_equal_and_tied_scores()
    {
        for (int samples = 1; samples <= 40; samples++)
            Split(Bench, [Distinct(samples, samples), Few(samples, samples), Equal(samples), Outlier(samples, samples)]);
    }

    [Test]
    public void Large_batches_are_split([Values(127, 255, 256, 257, 1000, 2048, 2049, 5000)] int samples) =>
        Split(Bench, [Distinct(1, samples), Outlier(2, samples), Few(3, samples)]);

    [Test]
    public void Scores_of_every_magnitude_are_ordered() => Split(
        Bench, [[1e15f, 0, 1e-40f, 1, 1e18f, 255, 1.17549435e-38f, 0, 1e-20f, 256, float.Epsilon]]);

    [Test]
    public void A_score_that_is_not_finite_leaves_the_other_replicas_alone(
        [Values(float.NaN, float.PositiveInfinity)] float bad, [Values(1, 2, 31, 257)] int samples)
    {
        foreach (int place in new[] { 0, samples / 2, samples - 1 })
        {
            float[] scores = Distinct(7, samples);
            scores[place] = bad;
            Split(Bench, [Distinct(8, samples), scores, Distinct(9, samples)]);
        }
    }

    [Test]
    public void The_example_with_five_errors_has_its_split_loss_and_gradient()
    {
        (float[][] losses, float[][] gradient) = Launch(Bench, [[10, 1, 12, 3, 2]], [[1, 1, 1, 1, 1]], unit: 1, lambda: 0.1);
        Assert.That(losses[0].Sum(loss => (double)loss) / 5, Is.EqualTo(2.0039526).Within(1e-7));
        float[] expected = [-0.0023200f, 0.3317164f, 0.0014764f, 0.3355127f, 0.3336145f];
        Assert.That(gradient[0], Is.EqualTo(expected).Within(1e-7f));
    }

    private static float[] Distinct(int seed, int samples)
    {
        var random = new System.Random(seed);
        return [.. Enumerable.Range(0, samples).Select(_ => 10 * random.NextSingle())];
    }

    private static float[] Few(int seed, int samples)
    {
        var random = new System.Random(seed);
        return [.. Enumerable.Range(0, samples).Select(_ => 0.25f * random.Next(4))];
    }

    private static float[] Equal(int samples) => [.. Enumerable.Repeat(0.7f, samples)];

    private static float[] Outlier(int seed, int samples)
    {
        float[] scores = Distinct(seed, samples);
        scores[samples / 2] = 1e4f;
        return scores;
    }

    private static void Split(Bench bench, float[][] scores)
    {
        int samples = scores[0].Length;
        float[][] weights = Blocks.Positive(new System.Random(samples), scores.Length, samples);
        foreach (float[] own in weights)
        {
            for (int s = 2; s < samples; s += 3) own[s] = 0;
        }

        (float[][] losses, float[][] gradient) = Launch(bench, scores, weights, Unit, Lambda);
        for (int r = 0; r < scores.Length; r++)
        {
            string what = $"{samples} samples, replica {r} of {scores.Length}";
            if (!scores[r].All(float.IsFinite))
            {
                Assert.That(losses[r], Has.All.NaN, what);
                Assert.That(gradient[r], Has.All.Zero, what);
                continue;
            }

            (double[] Losses, double[] Gradient) exact = Reference<double>(scores[r], weights[r]);
            (float[] Losses, float[] Gradient) naive = Reference<float>(scores[r], weights[r]);
            Tolerance.Check(losses[r], exact.Losses, [naive.Losses], $"{what}, losses");
            Tolerance.Check(gradient[r], exact.Gradient, [naive.Gradient], $"{what}, gradient");
        }
    }

    private static (float[][] Losses, float[][] Gradient) Launch(
        Bench bench, float[][] scores, float[][] weights, double unit, double lambda)
    {
        int replicas = scores.Length, samples = scores[0].Length, stride = samples + 3, keys = 2 * samples;
        Blocks losses = Blocks.Output(bench.Driver, replicas, samples, stride);
        Blocks gradient = Blocks.Output(bench.Driver, replicas, samples, stride);
        bench.Launch(
            CudaDiscriminativeLoss.Kernel,
            new()
            {
                Scores = Blocks.Input(bench.Driver, scores, stride).Address,
                Weights = Blocks.Input(bench.Driver, weights, stride).Address,
                Losses = losses.Address,
                ScoreGradient = gradient.Address,
                Keys = bench.Driver.Upload<ulong>(new ulong[replicas * keys]),
                KeysStride = keys,
                Unit = unit,
                Lambda = lambda,
                BatchStride = stride,
                Samples = samples,
            },
            replicas);
        return (losses.Read("losses"), gradient.Read("gradient"));
    }

    // The split itself is found in float64, so that rounding in float32 does not move it.
    private static (T[] Losses, T[] Gradient) Reference<T>(float[] scores, float[] weights)
        where T : IFloatingPointIeee754<T>
    {
        int samples = scores.Length;
        int[] order = [.. Enumerable.Range(0, samples).OrderBy(s => scores[s]).ThenBy(s => s)];
        int normal = Normal(scores, weights, order);
        T unit = T.CreateChecked(Unit), lambda = T.CreateChecked(Lambda), count = T.CreateChecked(normal), two = T.One + T.One;
        T[] errors = [.. scores.Select(score => unit * T.CreateChecked(score))], w = [.. weights.Select(T.CreateChecked)];
        T mean = Mean(order), within = T.Zero, scatter = T.Zero;
        T[] means = [mean, mean];
        if (normal < samples)
        {
            means = [Mean(order[..normal]), Mean(order[normal..])];
            T low = Weight(order[..normal]), high = Weight(order[normal..]), distance = means[1] - means[0];
            foreach (int s in order) scatter += w[s] * (errors[s] - mean) * (errors[s] - mean);
            within = T.One - (low * high / (low + high) * distance * distance / scatter);
        }

        var losses = new T[samples];
        var gradient = new T[samples];
        for (int r = 0; r < samples; r++)
        {
            int s = order[r], side = r < normal ? 0 : 1;
            if (side == 0)
            {
                losses[s] = w[s] * errors[s] * T.CreateChecked(samples) / count;
                gradient[s] = T.One / count;
            }

            if (normal < samples)
            {
                losses[s] += lambda * within;
                gradient[s] += lambda * two / scatter * (errors[s] - means[side] - (within * (errors[s] - mean)));
            }

            gradient[s] *= unit * w[s];
        }

        return (losses, gradient);

        T Weight(int[] some) => some.Aggregate(T.Zero, (sum, s) => sum + w[s]);

        T Mean(int[] some) => some.Aggregate(T.Zero, (sum, s) => sum + (w[s] * errors[s])) / Weight(some);
    }

    private static int Normal(float[] scores, float[] weights, int[] order)
    {
        double mean = Mean(order), most = -1;
        if (!(order.Sum(s => weights[s] * Math.Pow((Unit * scores[s]) - mean, 2)) > 1e-30)) return order.Length;
        int best = order.Length;
        for (int k = 1; k < order.Length; k++)
        {
            double low = Weight(order[..k]), high = Weight(order[k..]);
            if (!(low > 0 && high > 0)) continue;
            double between = low * high / (low + high) * Math.Pow(Mean(order[k..]) - Mean(order[..k]), 2);
            if (between > most) (most, best) = (between, k);
        }

        return best;

        double Weight(int[] some) => some.Sum(s => (double)weights[s]);

        double Mean(int[] some) => some.Sum(s => (double)weights[s] * Unit * scores[s]) / Weight(some);
    }
}
