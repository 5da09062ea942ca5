using IadNative.Iad;
using IadNative.Metrics;
using IadNative.Models;

namespace IadNative.Tests.Iad;

public sealed class ImportanceWeightsTests
{
    [Test]
    public void Weights_follow_the_sigmoid_of_the_distance_from_the_median(
        [Values(2, 3, 10, 101, 1000)] int n, [Values(0.5, 4, 25, 1e6)] double inverseTau,
            [Values("even", "skewed")] string kind)
    {
        float[] scores = Scores(n, kind);
        float[] weights = new float[n];
        bool regular = ImportanceWeights.Update(scores, Statistics(scores), inverseTau, weights);

        Assert.That(regular, Is.True);
        float[] expected = Reference(scores, inverseTau);
        for (int i = 0; i < n; i++)
        {
            // Both are the same formula in float64, ordered differently, and rounded once to float32.
            double tolerance = 1e-7 * expected[i];
            Assert.That(Math.Abs((double)weights[i] - expected[i]), Is.LessThanOrEqualTo(tolerance), $"sample {i}");
        }
    }

    [Test]
    public void The_lowest_score_weighs_nearly_one_the_highest_nearly_nothing_and_the_median_a_half()
    {
        float[] weights = new float[3];
        Assert.That(ImportanceWeights.Update([1, 2, 3], new ScoreStatistics(1, 2, 3), 4, weights), Is.True);
        Assert.Multiple(() =>
        {
            Assert.That(weights[0], Is.EqualTo(1 / (1 + Math.Exp(-4))).Within(1e-7));
            Assert.That(weights[1], Is.EqualTo(0.5f));
            Assert.That(weights[2], Is.EqualTo(1 / (1 + Math.Exp(4))).Within(1e-7));
        });
    }

    [Test]
    public void The_smaller_side_of_the_median_sets_the_width()
    {
        float[] weights = new float[4];
        ImportanceWeights.Update([0, 9, 11, 1000], new ScoreStatistics(0, 10, 1000), 4, weights);
        Assert.That(weights[0], Is.EqualTo(1 / (1 + Math.Exp(-4))).Within(1e-7), "width 10, not 990");
        ImportanceWeights.Update([-1000, 9, 11, 20], new ScoreStatistics(-1000, 10, 20), 4, weights);
        Assert.That(weights[3], Is.EqualTo(1 / (1 + Math.Exp(4))).Within(1e-7), "width 10, not 1010");
    }

    [Test]
    public void The_farthest_scores_weigh_one_and_zero()
    {
        float[] scores = [float.MinValue, -1e-3f, 0, 1e-3f, float.MaxValue];
        float[] weights = new float[5];
        foreach (double inverseTau in new[] { 4, 1e300 })
        {
            Assert.That(ImportanceWeights.Update(scores, new ScoreStatistics(-1e-3f, 0, 1e-3f), inverseTau, weights), Is.True);
            Assert.That((weights[0], weights[2], weights[4]), Is.EqualTo((1f, 0.5f, 0f)));
        }
    }

    [Test]
    public void Weights_below_1e_30_are_zero_and_none_is_subnormal()
    {
        // With a width of 1 and τ = 1 the exponent is the score. That of 10^-30 is 30 ln 10; a float of its size resolves 7.6e-6.
        const float edge = 69.077553f;
        float[] scores = [edge - 1, MathF.BitDecrement(edge), MathF.BitIncrement(edge), edge + 1, 80, 87, 88, 100, 104, 1e30f];
        float[] weights = new float[scores.Length];
        Assert.That(ImportanceWeights.Update(scores, new ScoreStatistics(-1, 0, 1), 1, weights), Is.True);
        Assert.That(weights[0], Is.EqualTo(Math.Exp(-(edge - 1))).Within(1e-37));
        Assert.That(weights[1], Is.EqualTo(1e-30).Within(2e-35).And.GreaterThanOrEqualTo(1e-30f));
        Assert.That(weights[2..], Is.All.EqualTo(0f));
    }

    [Test]
    public void Weights_by_density_have_the_same_least_one()
    {
        // q = −e^(−s) relative to the median: from −e^20 to almost 0, around a width that 1/τ stretches to every exponent.
        float[] scores = [.. Enumerable.Range(-20, 41)];
        int[] order = [.. Enumerable.Range(0, 41)];
        float[] weights = new float[41];
        Assert.That(ImportanceWeights.Update(WeighedScore.Density, scores, order, Statistics(scores), 69.1, weights), Is.True);
        Assert.That(weights[20], Is.EqualTo(0.5f));
        Assert.That(weights[40], Is.Zero, "the exponent is 69.1");
        Assert.That(weights[21], Is.GreaterThan(1e-30f).And.LessThan(1e-18f));
        Assert.That(weights.Where(weight => weight is not 0 and < 1e-30f), Is.Empty);
    }

    private static readonly TestCaseData[] s_degenerate =
    [
        new TestCaseData(new float[] { 7, 7, 7, 7 }, new[] { 0.5f, 0.5f, 0.5f, 0.5f }).SetArgDisplayNames("all equal"),
        new TestCaseData(new float[] { 3 }, new[] { 0.5f }).SetArgDisplayNames("one sample"),
        new TestCaseData(new float[] { 5, 1, 1 }, new[] { 0, 0.5f, 0.5f }).SetArgDisplayNames("median = minimum"),
        new TestCaseData(new float[] { 5, 1, 5 }, new[] { 0.5f, 1, 0.5f }).SetArgDisplayNames("median = maximum"),
        new TestCaseData(
            new[] { float.NegativeInfinity, 0, float.PositiveInfinity },
                new[] { 1, 0.5f, 0 }).SetArgDisplayNames("infinite width"),
    ];

    [TestCaseSource(nameof(s_degenerate))]
    public void Without_a_width_weights_are_one_a_half_and_zero_and_the_round_is_flagged(float[] scores, float[] expected)
    {
        float[] weights = new float[scores.Length];
        Array.Fill(weights, float.NaN);
        Assert.That(ImportanceWeights.Update(scores, Statistics(scores), 4, weights), Is.False);
        Assert.That(weights, Is.EqualTo(expected));
    }

    [Test]
    public void The_tiniest_and_the_largest_widths_are_regular()
    {
        float[] weights = new float[3];
        float tiny = float.Epsilon;
        Assert.That(ImportanceWeights.Update([0, tiny, 2 * tiny], new ScoreStatistics(0, tiny, 2 * tiny), 4, weights),
            Is.True);
        Assert.That(weights[0], Is.EqualTo(1 / (1 + Math.Exp(-4))).Within(1e-7));
        float huge = float.MaxValue;
        Assert.That(ImportanceWeights.Update([-huge, 0, huge], new ScoreStatistics(-huge, 0, huge), 4, weights), Is.True);
        Assert.That(weights[2], Is.EqualTo(1 / (1 + Math.Exp(4))).Within(1e-7));
    }

    [TestCase(new float[] { 4 }, 4, 4.0, 4)]
    [TestCase(new float[] { 9, 4 }, 4, 6.5, 9)]
    [TestCase(new float[] { 9, 4, 5 }, 4, 5.0, 9)]
    [TestCase(new float[] { 9, 4, 5, 7 }, 4, 6.0, 9)]
    [TestCase(new[] { float.MaxValue, float.MaxValue }, float.MaxValue, (double)float.MaxValue, float.MaxValue)]
    public void Statistics_are_minimum_median_and_maximum(float[] scores, float min, double median, float max) =>
        Assert.That(Statistics(scores), Is.EqualTo(new ScoreStatistics(min, median, max)));

    [Test]
    public void Weights_by_density_follow_the_sigmoid_of_the_negative_density(
        [Values(2, 3, 10, 101, 452)] int n, [Values(0.5, 4, 1e6)] double inverseTau,
        [Values("density", "underflow", "far below")] string kind)
    {
        // Negative log-likelihoods as of few features; of 274 features, where every density is 0 in float32; with a few
        // samples more than 500 below the median.
        var random = new System.Random(n);
        float[] scores = [.. Enumerable.Range(0, n).Select(i => (float)(kind switch
        {
            "density" => (20 * random.NextDouble()) - 10,
            "underflow" => 1e3 * Math.Pow(10, 3 * random.NextDouble()),
            _ => i % 10 == 0 ? -2000 - random.Next(9) : 30 * random.NextDouble(),
        }))];
        int[] order = new int[n];
        Ranking.Order(scores, order);
        float[] weights = new float[n];
        bool regular = ImportanceWeights.Update(WeighedScore.Density, scores, order, Statistics(scores), inverseTau, weights);

        double[] sorted = [.. scores.Select(score => (double)score).Order()];
        double center = Middle(sorted);
        double[] q = [.. scores.Select(score => -Math.Exp(center - score > 500 ? 500 : center - score))];
        double beta = Middle([.. q.Order()]), width = Math.Min(beta - q.Min(), q.Max() - beta);
        Assert.That(regular, Is.EqualTo(width > 0));
        Assert.That(width > 0, Is.True.Or.EqualTo(kind == "underflow"));
        for (int i = 0; i < n; i++)
        {
            double expected = width > 0
                ? 1 / (1 + Math.Exp((q[i] - beta) * inverseTau / width))
                : q[i] < beta ? 1 : q[i] > beta ? 0 : 0.5;
            if (expected < 1e-30) expected = 0;
            Assert.That(Math.Abs(weights[i] - expected), Is.LessThanOrEqualTo(2e-7 * expected), $"sample {i}");
        }

        for (int i = 1; i < n; i++)
            Assert.That(weights[order[i]], Is.LessThanOrEqualTo(weights[order[i - 1]]), "a likelier sample weighs no less");

        static double Middle(double[] sorted) => (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    [Test]
    public void Densities_are_capped_at_e_to_the_500_times_the_median()
    {
        float[] scores = [-1e6f, -400, 0, 3, 7];
        float[] weights = new float[5];
        Assert.That(ImportanceWeights.Update(WeighedScore.Density, scores, [0, 1, 2, 3, 4], Statistics(scores), 4, weights), Is.True);
        double width = 1 - Math.Exp(-7);
        Assert.Multiple(() =>
        {
            Assert.That(weights[0], Is.EqualTo(1f));
            Assert.That(weights[1], Is.EqualTo(1f));
            Assert.That(weights[2], Is.EqualTo(0.5f));
            Assert.That(weights[3], Is.EqualTo(1 / (1 + Math.Exp(4 * (1 - Math.Exp(-3)) / width))).Within(1e-7));
            Assert.That(weights[4], Is.EqualTo(1 / (1 + Math.Exp(4))).Within(1e-7));
        });
    }

    [Test]
    public void Weights_by_logarithm_follow_the_sigmoid_of_the_logarithm([Values(2, 3, 10, 101)] int n, [Values(0.5, 4, 1e6)] double inverseTau)
    {
        var random = new System.Random(n);
        float[] scores = [.. Enumerable.Range(0, n).Select(i => i == 1 ? 0 : (float)Math.Pow(10, (8 * random.NextDouble()) - 4))], weights = new float[n];
        int[] order = new int[n];
        Ranking.Order(scores, order);
        Assert.That(ImportanceWeights.Update(WeighedScore.Logarithm, scores, order, Statistics(scores), inverseTau, weights), Is.True);
        double[] q = [.. scores.Select(score => Math.Log(score < 1e-12f ? 1e-12 : score))], sorted = [.. q.Order()];
        double beta = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2, width = Math.Min(beta - sorted[0], sorted[^1] - beta);
        for (int i = 0; i < n; i++)
        {
            double expected = 1 / (1 + Math.Exp((q[i] - beta) * inverseTau / width));
            Assert.That(Math.Abs(weights[i] - (expected < 1e-30 ? 0 : expected)), Is.LessThanOrEqualTo(2e-7 * expected), $"sample {i}");
        }
    }

    private static ScoreStatistics Statistics(float[] scores)
    {
        int[] order = new int[scores.Length];
        Ranking.Order(scores, order);
        return ScoreStatistics.Of(scores, order);
    }

    /// <summary>Eq. 12-14 as they are printed, in float64.</summary>
    private static float[] Reference(float[] scores, double inverseTau)
    {
        double[] sorted = [.. scores.Select(s => (double)s).Order()];
        int n = sorted.Length;
        double beta = n % 2 == 1 ? sorted[n / 2] : (sorted[(n / 2) - 1] + sorted[n / 2]) / 2;
        double alpha = 1 / (Math.Min(beta - sorted[0], sorted[^1] - beta) * (1 / inverseTau));
        return [.. scores.Select(s => 1 / (1 + Math.Exp(alpha * (s - beta)))).Select(weight => weight < 1e-30 ? 0f : (float)weight)];
    }

    private static float[] Scores(int n, string kind)
    {
        var random = new System.Random(n);
        return [.. Enumerable.Range(0, n).Select(_ => (float)(kind == "even"
            ? random.NextDouble()
            : Math.Exp(6 * random.NextDouble()) - 50))];
    }
}
