using IadNative.Metrics;

namespace IadNative.Tests.Metrics;

/// <summary>Thresholds that flag a wanted share or number, and what they do with equal scores.</summary>
public sealed class ThresholdCutTests
{
    private static readonly float[] s_tied = [.. Enumerable.Repeat(0f, 80), .. Enumerable.Repeat(1f, 20)];

    [TestCase("quantile:0.9", 20)]
    [TestCase("quantile:0.5", 20)]
    [TestCase("quantile:0.99", 20)]
    [TestCase("contamination:0.01", 20)]
    [TestCase("contamination:0.1", 20)]
    [TestCase("contamination:0.9", 20)]
    [TestCase("top:1", 20)]
    [TestCase("top:1000000", 20)]
    [TestCase("otsu", 20)]
    [TestCase("root-otsu", 20)]
    public void Of_eighty_zeros_and_twenty_ones_the_ones_are_flagged(string rule, int flagged) =>
        Assert.That(Flagged(rule, s_tied), Is.EqualTo(flagged));

    [Test]
    public void Where_all_scores_are_equal_none_is_flagged(
        [Values("quantile:0.9", "contamination:0.1", "top:3", "otsu", "root-otsu")] string rule, [Values(1, 2, 7)] int n,
        [Values(0f, -3f, float.MaxValue)] float score) =>
        Assert.That(Flagged(rule, [.. Enumerable.Repeat(score, n)]), Is.Zero);

    [Test]
    public void A_share_or_number_of_distinct_scores_is_met_exactly([Values(2, 3, 10, 101)] int n)
    {
        float[] sorted = [.. Enumerable.Range(0, n).Select(i => (float)Math.Exp(i * 0.1) - 5)];
        for (int count = 1; count < n; count++)
        {
            Assert.That(Flagged($"top:{count}", sorted), Is.EqualTo(count));
            Assert.That(ThresholdRule.Contamination((double)count / n).Set(sorted), Is.EqualTo(ThresholdRule.Top(count).Set(sorted)));
        }

        Assert.That(Flagged($"top:{n}", sorted), Is.EqualTo(n - 1), "the lowest is never flagged");
        Assert.That(Flagged("contamination:1E-9", sorted), Is.EqualTo(1), "at least one is");
    }

    // Runs of 4, 3, 2 and 1; cuts that flag 1, 3 and 6.
    [TestCase(1, 1)]
    [TestCase(2, 1)]
    [TestCase(3, 3)]
    [TestCase(4, 3)]
    [TestCase(5, 6)]
    [TestCase(6, 6)]
    [TestCase(9, 6)]
    public void A_cut_within_a_run_goes_to_the_nearest_end_of_one(int wanted, int flagged) =>
        Assert.That(Flagged($"top:{wanted}", [1, 1, 1, 1, 2, 2, 2, 3, 3, 4]), Is.EqualTo(flagged));

    [TestCase(0.95)]
    [TestCase(0.5)]
    [TestCase(0.001)]
    public void A_quantile_between_distinct_scores_is_interpolated_as_ever(double q)
    {
        float[] sorted = [.. Enumerable.Range(0, 1000).Select(i => i * i * 0.25f)];
        Assert.That(ThresholdRule.AtQuantile(q).Set(sorted), Is.EqualTo((float)Quantiles.Linear(sorted, q)));
    }

    [Test]
    public void Rounding_does_not_swallow_the_score_above_the_cut(
        [Values("quantile:0.75", "quantile:0.9", "contamination:0.25", "top:1", "otsu", "root-otsu")] string rule,
        [Values(1f, -1f, 1e-40f, 3e38f, -3e38f, 16777217f)] float low)
    {
        float high = float.BitIncrement(low);
        Assert.That(Flagged(rule, [low, low, low, high]), Is.EqualTo(1));
        Assert.That(Flagged(rule, [low, high]), Is.EqualTo(1));
    }

    // Low scores with an odd last place and with an even one: the middle to the next is rounded up and down.
    [Test]
    public void The_cut_of_otsu_is_the_largest_float_that_is_not_above_the_middle(
        [Values(1f, -1f, 1e-40f, 3e38f, -3e38f, 1000f)] float about, [Range(0, 7)] int places, [Values(1, 2, 3)] int apart)
    {
        float low = about, high;
        for (int i = 0; i < places; i++) low = float.BitIncrement(low);
        high = low;
        for (int i = 0; i < apart; i++) high = float.BitIncrement(high);
        double middle = ((double)low + high) / 2;
        float threshold = ThresholdRule.Otsu.Set([low, low, high, high, high]);
        Assert.That((double)threshold, Is.LessThanOrEqualTo(middle));
        Assert.That((double)float.BitIncrement(threshold), Is.GreaterThan(middle));
        foreach (string rule in (string[])["otsu", "root-otsu", "top:1", "contamination:0.5"])
            Assert.That(Flagged(rule, [low, high]), Is.EqualTo(1), rule);
    }

    [Test]
    public void Cuts_that_float32_holds_are_exact()
    {
        Assert.That(ThresholdRule.Otsu.Set([1, 1, 3, 3]), Is.EqualTo(2));
        Assert.That(ThresholdRule.Otsu.Set([3, 3]), Is.EqualTo(3));
        Assert.That(ThresholdCut.Between(1, 3), Is.EqualTo(2));
        Assert.That(ThresholdRule.RootOtsu.Set([0, 1, 9]), Is.EqualTo(5));
    }

    [Test]
    public void Otsu_of_roots_finds_a_tenth_of_skewed_scores_where_otsu_finds_but_the_farthest()
    {
        // Normal scores around 1, anomalies around 30, a few of these far out.
        float[] sorted = [.. Enumerable.Range(0, 900).Select(i => 0.5f + (i / 900f)), .. Enumerable.Range(0, 95).Select(i => 20f + (i / 5f)),
            .. Enumerable.Range(0, 5).Select(i => 200f + i)];
        Assert.That(Flagged("otsu", sorted), Is.EqualTo(5));
        Assert.That(Flagged("root-otsu", sorted), Is.EqualTo(100));
    }

    [TestCase(1f, 0f)]
    [TestCase(0.125f, 0f)]
    [TestCase(4f, -64f)]
    public void Otsu_of_roots_moves_with_scores_that_are_shifted_and_scaled(float scale, float shift)
    {
        float[] scores = [.. Enumerable.Range(0, 64).Select(i => (float)(i * i))];
        float[] moved = [.. scores.Select(score => (score * scale) + shift)];
        int flagged = Flagged("root-otsu", scores);
        Assert.That(flagged, Is.InRange(1, 32));
        Assert.That(Flagged("root-otsu", moved), Is.EqualTo(flagged));
    }

    [Test]
    public void Otsu_of_roots_is_the_best_cut_of_the_upper_half([Values(2, 3, 10, 11, 200)] int n)
    {
        var random = new System.Random(n);
        float[] sorted = [.. Enumerable.Range(0, n).Select(_ => (float)Math.Exp(4 * random.NextDouble())).Order()];
        double[] z = [.. sorted[(n / 2)..].Select(s => Math.Sqrt((double)s - sorted[0]))];
        int best = z.Length == 1 ? 0 : Enumerable.Range(1, z.Length - 1).MinBy(k => Squares(z[..k]) + Squares(z[k..]));
        Assert.That(Flagged("root-otsu", sorted), Is.EqualTo(z.Length - best));

        static double Squares(double[] values) => values.Sum(value => (value - values.Average()) * (value - values.Average()));
    }

    private static int Flagged(string rule, float[] sorted)
    {
        float threshold = ThresholdRule.Parse(rule).Set(sorted);
        return sorted.Count(score => score > threshold);
    }
}
