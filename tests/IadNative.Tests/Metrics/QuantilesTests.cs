using IadNative.Metrics;

namespace IadNative.Tests.Metrics;

public sealed class QuantilesTests
{
    private static readonly float[] s_five = [1f, 2f, 4f, 8f, 16f];

    [TestCase(0.0, 1.0)]
    [TestCase(0.25, 2.0)]
    [TestCase(0.5, 4.0)]
    [TestCase(0.375, 3.0)]
    [TestCase(0.9, 12.8)]
    [TestCase(0.99, 15.68)]
    [TestCase(1.0, 16.0)]
    public void Quantiles_are_interpolated_linearly(double q, double expected) =>
        Assert.That(Quantiles.Linear(s_five, q), Is.EqualTo(expected).Within(1e-13));

    [Test]
    public void The_median_of_an_even_count_is_the_mean_of_the_middle_two()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Quantiles.Linear([1f, 2f, 5f, 100f], 0.5), Is.EqualTo(3.5));
            Assert.That(Quantiles.Linear([2f, 5f], 0.5), Is.EqualTo(3.5));
            Assert.That(Quantiles.Linear([5f], 0.5), Is.EqualTo(5.0));
            Assert.That(Quantiles.Linear([float.MinValue, float.MaxValue], 0.5), Is.Zero);
            Assert.That(Quantiles.Linear([1e30f, 1e30f], 0.3), Is.EqualTo((double)1e30f));
        });
    }

    [Test]
    public void A_grid_matches_its_quantiles_ascends_and_meets_the_ends(
        [Values("distinct", "few", "equal", "descending")] string kind,
        [Values(1, 2, 7, 1000, 1001, 3333)] int n,
        [Values(2, 3, 1001)] int count)
    {
        float[] sorted = RankingTests.Scores(kind, n);
        Array.Sort(sorted);
        float[] grid = Quantiles.Grid(sorted, count);

        Assert.That(grid, Has.Length.EqualTo(count));
        Assert.That(grid, Is.Ordered);
        Assert.That((grid[0], grid[^1]), Is.EqualTo((sorted[0], sorted[^1])));
        float range = Math.Max(Math.Abs(sorted[0]), Math.Abs(sorted[^1]));
        for (int i = 0; i < count; i++)
        {
            // Float32 rounds to half a unit in the last place, 2^-24 of the magnitude.
            double difference = Math.Abs(grid[i] - Quantiles.Linear(sorted, (double)i / (count - 1)));
            Assert.That(difference, Is.LessThanOrEqualTo(1.01 * range / (1 << 24)));
        }
    }

    [TestCase(0f, 0.0)]
    [TestCase(1f, 0.0)]
    [TestCase(1.5f, 12.5)]
    [TestCase(2f, 25.0)]
    [TestCase(7f, 68.75)]
    [TestCase(16f, 100.0)]
    [TestCase(17f, 100.0)]
    [TestCase(float.MaxValue, 100.0)]
    [TestCase(float.PositiveInfinity, 100.0)]
    [TestCase(float.NegativeInfinity, 0.0)]
    public void A_percentile_is_the_interpolated_place_in_the_grid(float score, double expected) =>
        Assert.That(Quantiles.Percentile(s_five, score), Is.EqualTo(expected));

    [Test]
    public void A_tied_score_gets_the_middle_of_its_places()
    {
        float[] grid = [0f, -0f, 0f, 5f, 5f, 6f];
        Assert.Multiple(() =>
        {
            Assert.That(Quantiles.Percentile(grid, -1e-30f), Is.Zero);
            Assert.That(Quantiles.Percentile(grid, 0f), Is.EqualTo(20.0));
            Assert.That(Quantiles.Percentile(grid, -0f), Is.EqualTo(20.0));
            Assert.That(Quantiles.Percentile(grid, 2.5f), Is.EqualTo(50.0));
            Assert.That(Quantiles.Percentile(grid, 5f), Is.EqualTo(70.0));
            Assert.That(Quantiles.Percentile(grid, 5.5f), Is.EqualTo(90.0));
            Assert.That(Quantiles.Percentile([3f, 3f, 3f], 3f), Is.EqualTo(50.0));
            Assert.That(Quantiles.Percentile([float.MinValue, float.MaxValue], 0f), Is.EqualTo(50.0));
        });
    }

    [Test]
    public void Percentiles_never_fall_when_the_score_rises([Values("distinct", "few", "extremes")] string kind)
    {
        float[] sorted = [.. RankingTests.Scores(kind, 500).Where(float.IsFinite)];
        Array.Sort(sorted);
        float[] grid = Quantiles.Grid(sorted, 101);
        float[] probes = [.. grid.SelectMany(g => new[] { MathF.BitDecrement(g), g, MathF.BitIncrement(g), g / 3 })];
        Array.Sort(probes);
        double[] percentiles = [.. probes.Select(p => Quantiles.Percentile(grid, p))];
        Assert.That(percentiles, Is.Ordered.And.All.InRange(0.0, 100.0));
    }

    [Test]
    public void Arguments_that_make_no_sense_are_refused()
    {
        Assert.Multiple(() =>
        {
            Assert.That(() => Quantiles.Linear([], 0.5), Throws.ArgumentException);
            Assert.That(() => Quantiles.Linear([2f, 1f], 0.5), Throws.ArgumentException);
            Assert.That(() => Quantiles.Linear([1f, float.NaN], 0.5), Throws.ArgumentException);
            Assert.That(() => Quantiles.Linear([1f, float.PositiveInfinity], 0.5), Throws.ArgumentException);
            Assert.That(() => Quantiles.Linear([1f], -0.1), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => Quantiles.Linear([1f], 1.1), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => Quantiles.Linear([1f], double.NaN), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => Quantiles.Grid([1f], 1), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => Quantiles.Grid([], 2), Throws.ArgumentException);
            Assert.That(() => Quantiles.Percentile([1f, 2f], float.NaN), Throws.ArgumentException);
            Assert.That(() => Quantiles.Percentile([1f], 1f), Throws.ArgumentException);
            Assert.That(() => Quantiles.Percentile([2f, 1f], 1f), Throws.ArgumentException);
            Assert.That(() => Quantiles.Percentile([float.NaN, 1f], 1f), Throws.ArgumentException);
            Assert.That(() => Quantiles.Percentile([1f, float.PositiveInfinity], 1f), Throws.ArgumentException);
        });
    }
}
