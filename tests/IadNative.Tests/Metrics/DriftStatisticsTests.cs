using IadNative.Metrics;

namespace IadNative.Tests.Metrics;

public sealed class DriftStatisticsTests
{
    [TestCase(0.5, 0.9639452436648750)]
    [TestCase(1.0, 0.2699996716773545)]
    [TestCase(1.3580986393225505, 0.05)]
    [TestCase(1.6276236115189503, 0.01)]
    [TestCase(0, 1)]
    [TestCase(30, 0)]
    public void The_distribution_of_kolmogorov_has_its_known_values(double lambda, double expected) =>
        Assert.That(KolmogorovSmirnov.Upper(lambda), Is.EqualTo(expected).Within(1e-9));

    [Test]
    public void Both_series_of_the_distribution_meet()
    {
        Assert.That(KolmogorovSmirnov.Upper(1.18 - 1e-12), Is.EqualTo(KolmogorovSmirnov.Upper(1.18)).Within(1e-11));
        double[] values = [.. Enumerable.Range(0, 400).Select(i => KolmogorovSmirnov.Upper(i / 100.0))];
        Assert.That(values, Is.Ordered.Descending.And.All.InRange(0.0, 1.0));
    }

    [Test]
    public void A_p_value_of_samples_follows_the_correction_for_finite_ones()
    {
        double root = Math.Sqrt(30 * 20 / 50.0);
        Assert.That(KolmogorovSmirnov.PValue(0.4, 30, 20), Is.EqualTo(KolmogorovSmirnov.Upper((root + 0.12 + (0.11 / root)) * 0.4)));
    }

    [TestCase(1, 3.841458820694124, 0.05)]
    [TestCase(10, 18.307038053275146, 0.05)]
    [TestCase(2, 9.210340371976182, 0.01)]
    [TestCase(100, 77.92946516500793, 0.95)]
    [TestCase(5, 0, 1)]
    public void The_chi_square_distribution_has_its_known_values(int freedom, double statistic, double expected) =>
        Assert.That(ChiSquare.Upper(freedom / 2.0, statistic / 2), Is.EqualTo(expected).Within(1e-10));

    [Test]
    public void A_table_of_two_samples_has_its_chi_square()
    {
        // Expected are 25 and 25, and 75 and 75.
        (double statistic, double p) = ChiSquare.Test([20, 80], [30, 70]);
        Assert.That(statistic, Is.EqualTo((4 * 25.0 / 25 / 2) + (4 * 25.0 / 75 / 2)).Within(1e-12));
        Assert.That(p, Is.EqualTo(ChiSquare.Upper(0.5, statistic / 2)));
        Assert.That(ChiSquare.Test([10, 20, 30], [20, 40, 60]), Is.EqualTo((0.0, 1.0)), "the same shares");
        Assert.That(ChiSquare.Test([10, 0], [20, 0]), Is.EqualTo((0.0, 1.0)), "one bin");
    }

    [Test]
    public void Rare_bins_count_as_one()
    {
        Assert.That(ChiSquare.Test([50, 50, 1, 2, 3], [50, 50, 3, 2, 1]), Is.EqualTo(ChiSquare.Test([50, 50, 6], [50, 50, 6])));
        Assert.That(ChiSquare.Test([1000, 0], [500, 500]).PValue, Is.LessThan(1e-9), "a bin that was empty");
    }

    // The distribution of X² is that of many rows in each bin: of few, chance alone would be taken for a change.
    [Test]
    public void Rare_bins_that_are_one_and_rare_still_join_the_smallest_other_one()
    {
        (double statistic, double p) = ChiSquare.Test([600, 395, 5], [20, 9, 1]);
        (double joined, double pOfJoined) = ChiSquare.Test([600, 400], [20, 10]);
        Assert.That(statistic, Is.EqualTo(joined));
        Assert.That(p, Is.EqualTo(Math.Min(1, 2 * Math.Min(pOfJoined, Hypergeometric.PValue(1000, 30, 5, 1)))));

        // Of two bins only the exact test is left: one mark in ten rows is no wonder, twenty in eighty are.
        Assert.That(ChiSquare.Test([995, 5], [9, 1]), Is.EqualTo((0.0, Hypergeometric.PValue(1000, 10, 5, 1))));
        Assert.That(ChiSquare.Test([995, 5], [9, 1]).PValue, Is.EqualTo(0.117).Within(0.001));
        Assert.That(ChiSquare.Test([1000, 0], [9, 1]).PValue, Is.EqualTo(2 * 10 / 1010.0).Within(1e-12));
        Assert.That(ChiSquare.Test([1000, 0], [60, 20]).PValue, Is.LessThan(1e-9));
    }

    // All ways to share marks out, counted.
    [Test]
    public void The_exact_test_of_a_rare_mark_counts_all_ways_to_share_it_out([Values(0, 1, 2, 3, 5)] int a, [Values(0, 1, 2, 4)] int b)
    {
        const int n = 7, m = 4;
        double[] chances = [.. Enumerable.Range(0, m + 1).Select(x => Choose(n, a + b - x) * Choose(m, x) / Choose(n + m, a + b))];
        double expected = Math.Min(1, 2 * Math.Min(chances[b..].Sum(), chances[..(b + 1)].Sum()));
        Assert.That(Hypergeometric.PValue(n, m, a, b), Is.EqualTo(expected).Within(1e-12));

        static double Choose(int n, int k)
        {
            double ways = k < 0 || k > n ? 0 : 1;
            for (int i = 0; i < k; i++) ways = ways * (n - i) / (i + 1);
            return ways;
        }
    }

    [Test]
    public void The_stability_index_is_the_sum_over_bins_and_0_for_the_same_shares()
    {
        Assert.That(StabilityIndex.Of([10, 20, 0], [100, 200, 0]), Is.EqualTo(0).Within(1e-12));
        double expected = ((0.3 - 0.5) * Math.Log(0.3 / 0.5)) + ((0.7 - 0.5) * Math.Log(0.7 / 0.5));
        Assert.That(StabilityIndex.Of([5e8, 5e8], [3e8, 7e8]), Is.EqualTo(expected).Within(1e-6));
        Assert.That(StabilityIndex.Of([100, 0], [50, 50]), Is.GreaterThan(1).And.LessThan(10), "an empty bin has a logarithm");
    }

    [Test]
    public void Shares_by_a_grid_are_interpolated_and_differ_at_ties()
    {
        float[] grid = [0, 1, 2, 2, 4];
        Assert.That(Quantiles.Shares(grid, -1), Is.EqualTo((0.0, 0.0)));
        Assert.That(Quantiles.Shares(grid, 0), Is.EqualTo((0.0, 0.0)));
        Assert.That(Quantiles.Shares(grid, 0.5f), Is.EqualTo((0.125, 0.125)));
        Assert.That(Quantiles.Shares(grid, 2), Is.EqualTo((0.5, 0.75)));
        Assert.That(Quantiles.Shares(grid, 3), Is.EqualTo((0.875, 0.875)));
        Assert.That(Quantiles.Shares(grid, 4), Is.EqualTo((1.0, 1.0)));
        Assert.That(Quantiles.Shares(grid, 5), Is.EqualTo((1.0, 1.0)));
    }
}
