using IadNative.Metrics;

namespace IadNative.Tests.Metrics;

public sealed class NormalTailTests
{
    [Test]
    public void Where_all_rows_count_p_is_the_conformal_p_value()
    {
        NormalTail tail = NormalTail.OfAll([1, 2, 2, 5]);
        Assert.Multiple(() =>
        {
            Assert.That(tail.PValue(0), Is.EqualTo(1));
            Assert.That(tail.PValue(1), Is.EqualTo(1));
            Assert.That(tail.PValue(2), Is.EqualTo(4.0 / 5));
            Assert.That(tail.PValue(5), Is.EqualTo(2.0 / 5));
            Assert.That(tail.PValue(5.1f), Is.EqualTo(1.0 / 5));
            Assert.That(tail.PValue(float.PositiveInfinity), Is.EqualTo(1.0 / 5));
            Assert.That(tail.PValue(float.NegativeInfinity), Is.EqualTo(1));
            Assert.That(() => tail.PValue(float.NaN), Throws.ArgumentException.With.Message.Contains("NaN"));
        });
    }

    [Test]
    public void P_never_rises_with_the_score_and_is_never_too_small_and_at_most_a_fiftieth_too_large([Values(1, 2, 99, 100, 101, 5_000)] int rows)
    {
        float[] sorted = Normal(rows);
        NormalTail tail = NormalTail.OfAll(sorted);
        Assert.That(tail.Scores, Has.Length.LessThan(500));
        double last = 1;
        for (int i = 0; i < rows; i++)
        {
            double exact = (1.0 + rows - i) / (1 + rows), p = tail.PValue(sorted[i]);
            Assert.That(p, Is.InRange(exact, exact * (rows - i <= 100 ? 1 : 1.0201)).And.AtMost(last));
            last = p;
        }
    }

    [Test]
    public void Anomalies_far_away_do_not_inflate_the_p_value([Values(20, 200, 800)] int anomalies)
    {
        float[] normal = Normal(2_000);
        float[] sorted = [.. normal, .. Enumerable.Range(0, anomalies).Select(i => 40 + (i / 1000f))];
        NormalTail clean = NormalTail.OfAll(normal), robust = NormalTail.Of(sorted), naive = NormalTail.OfAll(sorted);
        float probe = normal[^40];
        Assert.Multiple(() =>
        {
            Assert.That(robust.PValue(probe), Is.EqualTo(clean.PValue(probe)).Within(0.01));
            Assert.That(naive.PValue(probe), Is.GreaterThan(clean.PValue(probe) + (0.8 * anomalies / (2_000 + anomalies))));
            Assert.That(robust.PValue(40), Is.LessThan(0.01).And.LessThan(naive.PValue(40) / 2), "an anomaly among as many others");
            Assert.That(robust.Masses, Is.Ordered.Descending);
        });
    }

    [Test]
    public void Of_normal_rows_alone_new_ones_have_about_uniform_p_values()
    {
        float[] train = Normal(4_000), fresh = Normal(4_000, seed: 9);
        NormalTail tail = NormalTail.Of(train);
        foreach (double level in (double[])[0.01, 0.05, 0.1, 0.5])
        {
            // Both samples err.
            double error = 3 * Math.Sqrt(2 * level * (1 - level) / 4_000);
            Assert.That(fresh.Count(score => tail.PValue(score) <= level) / 4_000.0, Is.EqualTo(level).Within(error), $"{level}");
        }
    }

    [Test]
    public void Where_the_density_does_not_fall_towards_the_cut_all_rows_count()
    {
        float[] uniform = [.. Enumerable.Range(0, 1_000).Select(i => (float)i * i)];
        Assert.That(NormalTail.Of(uniform).Masses, Is.EqualTo(NormalTail.OfAll(uniform).Masses));
    }

    [Test]
    public void Scores_that_are_all_equal_have_p_values()
    {
        NormalTail tail = NormalTail.Of([3, 3, 3]);
        Assert.That((tail.PValue(2), tail.PValue(3), tail.PValue(4)), Is.EqualTo((1.0, 1.0, 0.25)));
    }

    [Test]
    public void A_table_out_of_order_is_refused()
    {
        Assert.That(() => new NormalTail([], []), Throws.ArgumentException);
        Assert.That(() => new NormalTail([1], [1, 2]), Throws.ArgumentException);
        Assert.That(() => new NormalTail([2, 1], [2, 1]), Throws.ArgumentException);
        Assert.That(() => new NormalTail([1, 2], [1, 2]), Throws.ArgumentException);
        Assert.That(() => new NormalTail([1, 2], [2, double.NaN]), Throws.ArgumentException);
        Assert.That(() => new NormalTail([1, 2], [2, -1]), Throws.ArgumentException);
        Assert.That(() => new NormalTail([1, float.NaN], [2, 1]), Throws.ArgumentException);
        Assert.That(() => new NormalTail([1, 2], [double.PositiveInfinity, 1]), Throws.ArgumentException);
    }

    // Squared distances of four Gaussian coordinates, ascending.
    private static float[] Normal(int rows, int seed = 5)
    {
        var random = new System.Random(seed);
        float[] scores = [.. Enumerable.Range(0, rows).Select(_ =>
            (float)(-2 * Math.Log((1 - random.NextDouble()) * (1 - random.NextDouble()))))];
        Array.Sort(scores);
        return scores;
    }
}
