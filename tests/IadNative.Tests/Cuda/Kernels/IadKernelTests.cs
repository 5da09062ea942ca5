using IadNative.Compute;
using IadNative.Cuda;
using IadNative.Models;
using IadNative.Probe;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>From scores to ranks, rank flips, weights and the AUC, as the CPU makes them.</summary>
[TestFixtureSource(typeof(KernelDevices), nameof(KernelDevices.Fixtures))]
internal sealed class IadKernelTests(Func<ICudaDriver> open) : KernelTests(open)
{
    private static readonly int[] s_counts = [1, 2, 3, 4, 33, 257, 1000];

    public static readonly KernelExercise Exercise = new("iad.cu", driver =>
    {
        using var trial = new RoundTrial(new Bench(driver), RoundTrial.RandomLabels(1, 301), members: 2);
        for (int seed = 2; seed < 4; seed++)
            trial.Take([.. Enumerable.Range(0, 4).Select(r => Distinct(seed + (10 * r), 301))]);
    });

    [Test]
    public void Distinct_tied_and_equal_scores_agree_round_after_round([ValueSource(nameof(s_counts))] int samples)
    {
        using var trial = new RoundTrial(Bench, RoundTrial.RandomLabels(samples, samples));
        trial.Take(Distinct(1, samples), Tied(2, samples), Equal(samples));
        trial.Take(Distinct(3, samples), Distinct(4, samples), Tied(5, samples));
        trial.Take(Equal(samples), Tied(6, samples), Distinct(7, samples));
    }

    [Test]
    public void One_run_of_more_samples_than_one_block_sorts_agrees()
    {
        using var trial = new RoundTrial(Bench, RoundTrial.RandomLabels(1, 9001));
        trial.Take(Distinct(2, 9001));
        trial.Take(Tied(3, 9001));
    }

    [Test]
    public void Rounds_without_labels_agree()
    {
        using var trial = new RoundTrial(Bench, labels: null);
        for (int seed = 1; seed < 3; seed++) trial.Take(Distinct(seed, 100), Tied(seed, 100));
    }

    [Test]
    public void Every_magnitude_of_scores_agrees([Values(2, 3, 500)] int samples)
    {
        using var trial = new RoundTrial(Bench, RoundTrial.RandomLabels(1, samples));
        trial.Take(SortInputs.Scores(2, samples), Zeros(3, samples), Extreme(4, samples));
        trial.Take(Extreme(5, samples), SortInputs.Scores(6, samples), Zeros(7, samples));
    }

    [Test]
    public void Weights_next_to_the_least_one_agree()
    {
        // The median is 0 and the width 1, so that exponents are four times the scores: to 280, and next to that of 1e-30.
        float edge = (float)(Math.Log(1e30) / 4);
        float[] above = [MathF.BitDecrement(edge), MathF.BitIncrement(edge), .. Enumerable.Range(1, 700).Select(i => i / 10f)];
        float[] scores = [0, .. above, .. above.Select((_, i) => -(i + 1f) / above.Length)];
        using var trial = new RoundTrial(Bench, RoundTrial.RandomLabels(1, scores.Length));
        trial.Take(scores, [.. scores.Select(score => score / 3)]);
    }

    [Test]
    public void Weights_by_density_agree([Values(2, 3, 257)] int samples)
    {
        using var trial = new RoundTrial(
            Bench, RoundTrial.RandomLabels(1, samples), loss: ModelKind.NegativeLogLikelihood, weighs: WeighedScore.Density);
        trial.Take(Distinct(2, samples), Equal(samples), Spread(3, samples));
        trial.Take(Spread(4, samples), Tied(5, samples), Distinct(6, samples));
    }

    [Test]
    public void Weights_by_logarithm_agree([Values(2, 3, 257)] int samples)
    {
        using var trial = new RoundTrial(Bench, RoundTrial.RandomLabels(1, samples), weighs: WeighedScore.Logarithm);
        trial.Take(Distances(2), Distances(3), Equal(samples));
        trial.Take(Distances(4), Distinct(5, samples), Distances(6));

        // Squares of some magnitudes, and zeros, which stand for the least one.
        float[] Distances(int seed)
        {
            var random = new System.Random(seed);
            return [.. Enumerable.Range(0, samples).Select(i => i % 9 == 4 ? 0 : (float)Math.Pow(10, (12 * random.NextDouble()) - 8))];
        }
    }

    [Test]
    public void A_run_with_a_score_that_is_not_finite_keeps_its_ranks_and_weights_while_others_go_on(
        [Values(float.NaN, float.PositiveInfinity, float.NegativeInfinity)] float bad, [Values(2, 257)] int samples)
    {
        using var trial = new RoundTrial(Bench, RoundTrial.RandomLabels(1, samples));
        trial.Take(Distinct(2, samples), Distinct(3, samples), Distinct(4, samples));
        float[] scores = Distinct(5, samples);
        scores[samples / 2] = bad;
        trial.Take(Distinct(6, samples), scores, Distinct(7, samples));
        trial.Take(scores, Distinct(8, samples), Distinct(9, samples));
    }

    [Test]
    public void Members_are_measured_by_their_medians_and_averaged(
        [Values(1, 2, 33)] int samples, [Values(2, 3)] int members,
        [Values(ModelKind.OneClass, ModelKind.NegativeLogLikelihood)] ModelKind loss)
    {
        using var trial = new RoundTrial(Bench, RoundTrial.RandomLabels(1, samples), members, loss);
        for (int round = 0; round < 2; round++)
            trial.Take([.. Enumerable.Range(0, 2 * members).Select(r => Distinct((10 * round) + r, samples))]);
    }

    [TestCase(float.NaN)]
    [TestCase(float.PositiveInfinity)]
    [TestCase(0f)]
    public void A_member_without_a_median_to_divide_by_leaves_its_run_without_scores(float score)
    {
        using var trial = new RoundTrial(Bench, null, members: 3);
        float[][] scores = [.. Enumerable.Range(0, 6).Select(r => Distinct(r, 5))];
        trial.Take(scores);
        scores[4] = [.. Enumerable.Repeat(score, 5)];
        trial.Take(scores);
    }

    private static float[] Distinct(int seed, int samples)
    {
        float[] scores = [.. Enumerable.Range(0, samples).Select(i => 0.5f + (0.01f * i))];
        new System.Random(seed).Shuffle(scores);
        return scores;
    }

    private static float[] Tied(int seed, int samples)
    {
        var random = new System.Random(seed);
        return [.. Enumerable.Range(0, samples).Select(_ => 0.3f * random.Next(5))];
    }

    /// <summary>Negative log-likelihoods so far apart that the densities of most vanish or overflow float32.</summary>
    private static float[] Spread(int seed, int samples)
    {
        var random = new System.Random(seed);
        return [.. Enumerable.Range(0, samples).Select(_ => 2000 * random.NextSingle() - 25)];
    }

    private static float[] Equal(int samples) => [.. Enumerable.Repeat(0.7f, samples)];

    /// <summary>Zeros of both signs among the smallest numbers.</summary>
    private static float[] Zeros(int seed, int samples)
    {
        float[] values = [0, -0f, float.Epsilon, -float.Epsilon];
        var random = new System.Random(seed);
        return [.. Enumerable.Range(0, samples).Select(_ => values[random.Next(values.Length)])];
    }

    /// <summary>Both ends of the range, whose difference float32 cannot hold.</summary>
    private static float[] Extreme(int seed, int samples)
    {
        float[] values = [float.MaxValue, float.MinValue, 1, -1];
        var random = new System.Random(seed);
        return [.. Enumerable.Range(0, samples).Select(_ => values[random.Next(values.Length)])];
    }
}
