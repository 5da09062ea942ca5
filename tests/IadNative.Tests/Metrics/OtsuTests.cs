using IadNative.Metrics;

namespace IadNative.Tests.Metrics;

public sealed class OtsuTests
{
    [Test]
    public void The_cut_is_the_best_of_all_cuts(
        [Values("uniform", "ties", "two groups", "wide", "shifted", "negative")] string kind,
        [Values(2, 3, 4, 33, 400)] int n)
    {
        float[] sorted = Scores(kind, n);
        double threshold = Otsu.Threshold(sorted, out double ratio);

        int cut = sorted.Count(s => s <= threshold);
        double total = Squares(sorted);
        double within = Squares(sorted[..cut]) + Squares(sorted[cut..]);
        double best = Enumerable.Range(1, n - 1).Where(k => sorted[k - 1] < sorted[k])
            .Min(k => Squares(sorted[..k]) + Squares(sorted[k..]));

        // n additions of positive terms, each rounded to 2^-53.
        double tolerance = n * Math.Pow(2, -50);
        Assert.That(cut, Is.InRange(1, n - 1));
        Assert.That(threshold, Is.EqualTo(((double)sorted[cut - 1] + sorted[cut]) / 2));
        Assert.That(within, Is.LessThanOrEqualTo(best * (1 + tolerance)));
        Assert.That(Math.Abs(ratio - best / total), Is.LessThanOrEqualTo(tolerance * (best / total)));
    }

    [Test]
    public void Two_tight_groups_are_told_apart()
    {
        Assert.That(Otsu.Threshold([1f, 1f, 1f, 9f, 9f], out double ratio), Is.EqualTo(5.0));
        Assert.That(ratio, Is.Zero);
    }

    [Test]
    public void One_score_a_million_times_the_rest_is_cut_off()
    {
        float[] sorted = [.. Enumerable.Range(1, 1000).Select(i => i * 1e-3f), 1e30f];
        double threshold = Otsu.Threshold(sorted, out double ratio);
        Assert.That(threshold, Is.EqualTo((1 + (double)1e30f) / 2));
        Assert.That(ratio, Is.InRange(8e-59, 9e-59)); // 1000 / 12 over 1e60
    }

    [Test]
    public void The_largest_and_the_smallest_floats_neither_overflow_nor_vanish()
    {
        Assert.That(Otsu.Threshold([float.MinValue, float.MinValue, float.MaxValue], out double ratio), Is.Zero);
        Assert.That(ratio, Is.Zero);
        Assert.That(Otsu.Threshold([0f, float.Epsilon], out ratio), Is.EqualTo((double)float.Epsilon / 2));
        Assert.That(ratio, Is.Zero);
    }

    [Test]
    public void The_threshold_lies_between_neighbouring_floats()
    {
        float above = MathF.BitIncrement(1f);
        Assert.That(Otsu.Threshold([1f, above], out _), Is.GreaterThan(1.0).And.LessThan((double)above));
    }

    [Test]
    public void Of_equally_good_cuts_the_lowest_counts()
    {
        Assert.That(Otsu.Threshold([0f, 1f, 2f], out double ratio), Is.EqualTo(0.5));
        Assert.That(ratio, Is.EqualTo(0.25));
    }

    [Test]
    public void Equal_scores_leave_nothing_above_the_threshold()
    {
        foreach (float[] sorted in new float[][] { [3f], [3f, 3f], [-0f, 0f], [1e30f, 1e30f, 1e30f] })
        {
            Assert.That(Otsu.Threshold(sorted, out double ratio), Is.EqualTo((double)sorted[0]));
            Assert.That(ratio, Is.EqualTo(1.0));
        }
    }

    [Test]
    public void Arguments_that_make_no_sense_are_refused()
    {
        foreach (float[] sorted in new float[][] { [], [float.NaN], [1f, float.NaN], [2f, 1f], [1f, float.PositiveInfinity] })
        {
            Assert.That(() => Otsu.Threshold(sorted, out _), Throws.ArgumentException);
        }
    }

    private static float[] Scores(string kind, int n)
    {
        System.Random random = new(n);
        float[] scores = [.. Enumerable.Range(0, n).Select(i => kind switch
        {
            "uniform" => random.NextSingle(),
            "ties" => i == 0 ? -1f : random.Next(4),
            "two groups" => i % 5 == 0 ? 10 + random.NextSingle() : random.NextSingle(),
            "wide" => (float)Math.Pow(10, random.NextDouble() * 12 - 7),
            "shifted" => 1e6f + random.Next(64) / 16f + i / 16f,
            "negative" => -1800 * random.NextSingle() - 1,
            _ => throw new ArgumentException(kind),
        })];
        Array.Sort(scores);
        return scores;
    }

    /// <summary>The sum of squared deviations from the mean: two passes in float64.</summary>
    private static double Squares(float[] scores)
    {
        double mean = scores.Sum(s => (double)s) / scores.Length;
        return scores.Sum(s => (s - mean) * (s - mean));
    }
}
