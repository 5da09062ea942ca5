using IadNative.Cuda;
using IadNative.Iad;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>Otsu's ratio and the round that is kept, as the CPU has them, under every criterion.</summary>
[TestFixtureSource(typeof(KernelDevices), nameof(KernelDevices.Fixtures))]
internal sealed class TerminationKernelTests(Func<ICudaDriver> open) : KernelTests(open)
{
    public static readonly KernelExercise Exercise = new("termination.cu", driver =>
    {
        using var trial = new RoundTrial(new Bench(driver), null, termination: TerminationCriterion.Otsu);
        for (int round = 0; round < 3; round++) trial.Take(Groups(round, 301), Groups(10 + round, 301));
    });

    // All rules, also those that come after this test.
    private static IEnumerable<string> Criteria =>
        TerminationCriterion.All.Select(criterion => criterion.ToString()).Append("fixed:0").Append("fixed:2");

    [Test]
    public void The_round_that_a_criterion_picks_is_kept(
        [ValueSource(nameof(Criteria))] string criterion,
        [Values(1, 3)] int members)
    {
        const int Samples = 41;
        using var trial = new RoundTrial(Bench, null, members, termination: TerminationCriterion.Parse(criterion));
        for (int round = 0; round < 6; round++)
            trial.Take([.. Enumerable.Range(0, 3 * members).Select(r => Groups((10 * round) + r, Samples))]);
    }

    [Test]
    public void The_first_of_equally_good_rounds_is_kept([Values("rank-flip", "otsu")] string criterion)
    {
        float[] a = Groups(1, 33), b = Groups(2, 33);
        using var trial = new RoundTrial(Bench, null, termination: TerminationCriterion.Parse(criterion));
        foreach (float[] scores in (float[][])[a, b, b, b, a, a]) trial.Take(scores);
    }

    [Test]
    public void Otsus_ratio_agrees_for_every_count_of_samples([Values(1, 2, 3, 255, 256, 257, 1000, 2049)] int samples)
    {
        using var trial = new RoundTrial(Bench, null, termination: TerminationCriterion.Otsu);
        trial.Take(Groups(1, samples), SortInputs.Scores(2, samples), [.. Enumerable.Repeat(0.7f, samples)]);
        trial.Take(Far(3, samples), Groups(4, samples), SortInputs.Scores(5, samples));
    }

    /// <summary>Two groups of scores, with ties, more or less apart.</summary>
    private static float[] Groups(int seed, int samples)
    {
        var random = new System.Random(seed);
        float distance = 1 + random.NextSingle();
        return [.. Enumerable.Range(0, samples).Select(i => 1 + MathF.Round(random.NextSingle(), 2) + (random.Next(5) == 0 ? distance : 0))];
    }

    /// <summary>Scores far from zero, and close together beside that.</summary>
    private static float[] Far(int seed, int samples)
    {
        var random = new System.Random(seed);
        return [.. Enumerable.Range(0, samples).Select(_ => 1e6f + random.NextSingle())];
    }
}
