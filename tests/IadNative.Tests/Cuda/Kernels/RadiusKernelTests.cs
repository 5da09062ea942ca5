using IadNative.Cuda;
using IadNative.Cuda.Operations;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>The linearly interpolated quantile of square roots, to the last bit.</summary>
[TestFixtureSource(typeof(KernelDevices), nameof(KernelDevices.Fixtures))]
internal sealed class RadiusKernelTests(Func<ICudaDriver> open) : KernelTests(open)
{
    private static readonly double[] s_quantiles = [0, 0.3, 0.5, 0.9, 0.99, 1];

    // Scores that are not finite stand at the end, so that a thread other than the first finds them.
    public static readonly KernelExercise Exercise = new("radius.cu", driver =>
    {
        var bench = new Bench(driver);
        Update(bench, [Distinct(1, 67), Distinct(2, 67), [.. Distinct(3, 66), float.NaN]], 0.9);
        Update(bench, [Few(4, 40)], 0.5);
        Update(bench, [Distinct(5, 257)], 0.3);
    });

    [Test]
    public void Every_small_batch_has_its_quantile_among_distinct_equal_and_tied_scores()
    {
        for (int samples = 1; samples <= 40; samples++)
        {
            foreach (double quantile in s_quantiles)
                Update(Bench, [Distinct(samples, samples), Few(samples, samples), Equal(samples)], quantile);
        }
    }

    [Test]
    public void Large_batches_have_their_quantile([Values(127, 257, 1000)] int samples)
    {
        foreach (double quantile in s_quantiles)
        {
            Update(Bench, [Distinct(1, samples)], quantile);
            Update(Bench, [Distinct(2, samples), Few(3, samples), Equal(samples)], quantile);
        }
    }

    [Test]
    public void Scores_of_every_magnitude_are_ordered()
    {
        float[] scores =
        [
            0, float.Epsilon, 1e-40f, 1.17549435e-38f, 1e-20f, MathF.BitDecrement(1), 1, MathF.BitIncrement(1), 255, 256,
            1e20f, MathF.BitDecrement(float.MaxValue), float.MaxValue,
        ];
        new System.Random(6).Shuffle(scores);
        for (int k = 0; k < 2 * scores.Length; k++) Update(Bench, [scores], k / (2.0 * scores.Length));
        Update(Bench, [scores], 1);
    }

    [Test]
    public void A_score_that_is_not_finite_leaves_the_radius_of_its_replica_alone(
        [Values(float.NaN, float.PositiveInfinity, float.NegativeInfinity)] float bad, [Values(1, 2, 31, 257)] int samples)
    {
        foreach (int place in new[] { 0, samples / 2, samples - 1 })
        {
            float[] scores = Distinct(7, samples);
            scores[place] = bad;
            Update(Bench, [Distinct(8, samples), scores, Distinct(9, samples)], 0.9);
        }
    }

    private static float[] Distinct(int seed, int samples)
    {
        var random = new System.Random(seed);
        return [.. Enumerable.Range(0, samples).Select(_ => 10 * random.NextSingle())];
    }

    private static float[] Few(int seed, int samples)
    {
        var random = new System.Random(seed);
        return [.. Enumerable.Range(0, samples).Select(_ => 0.3f * random.Next(4))];
    }

    private static float[] Equal(int samples) => [.. Enumerable.Repeat(0.7f, samples)];

    private static void Update(Bench bench, float[][] scores, double quantile)
    {
        int replicas = scores.Length, samples = scores[0].Length, stride = samples + 3;
        float[] start = [.. Enumerable.Range(0, replicas).Select(r => 0.5f + r)];
        Blocks radius = Blocks.Input(bench.Driver, [start], replicas + 1);
        bench.Launch(
            CudaRadiusUpdate.Kernel,
            new()
            {
                Scores = Blocks.Input(bench.Driver, scores, stride).Address,
                Radius = radius.Address,
                BatchStride = stride,
                Samples = samples,
                Quantile = quantile,
            },
            replicas);
        Assert.That(
            radius.Read("radius")[0],
            Is.EqualTo(scores.Select((values, r) =>
                values.All(float.IsFinite) ? Quantile(values, quantile) : start[r])),
            $"{samples} samples, {replicas} replicas, quantile {quantile}");
    }

    private static float Quantile(float[] scores, double quantile)
    {
        float[] sorted = [.. scores.Select(MathF.Sqrt).Order()];
        double position = quantile * (scores.Length - 1);
        int k = (int)position;
        double low = sorted[k], high = sorted[Math.Min(k + 1, sorted.Length - 1)];
        return (float)(low + ((position - k) * (high - low)));
    }
}
