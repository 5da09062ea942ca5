using IadNative.Data;
using IadNative.Data.Preparation;

namespace IadNative.Tests.Data.Preparation;

/// <summary>Prepared rows against the formulas, cell by cell.</summary>
internal sealed class RowPreparationTests
{
    [Test]
    public void Robust_features_are_the_formula_to_the_bit_for_every_width([Range(1, 33)] int width)
    {
        var random = new System.Random(width);
        bool[] wide = [.. Enumerable.Range(0, width).Select(_ => random.Next(2) == 1)];
        double[] center = [.. Enumerable.Range(0, width).Select(_ => (random.NextDouble() - 0.5) * 2e9)];
        double[] scale = [.. Enumerable.Range(0, width).Select(j => j % 5 == 4 ? 0 : Math.Exp(6 * (random.NextDouble() - 0.5)))];
        RowPreparation preparation = Numbers(wide, center, scale, clip: RowPreparation.RobustClip);
        for (int trial = 0; trial < 20; trial++)
        {
            double[] row = [.. center.Select(middle => middle + (Math.Exp(20 * (random.NextDouble() - 0.5)) * (random.Next(2) - 0.5)))];
            float[] features = Apply(preparation, row);
            for (int j = 0; j < width; j++)
            {
                double x = wide[j] ? row[j] : (float)row[j];
                float z = (float)((x - center[j]) * scale[j]);
                float share = z * (1 / RowPreparation.RobustClip);
                float expected = z / MathF.Sqrt(1 + (share * share));
                Assert.That(features[j], Is.EqualTo(expected), $"feature {j}");
                Assert.That(preparation.ApplyTo(j, row[j]), Is.EqualTo(expected));
            }
        }
    }

    [Test]
    public void No_finite_cell_leaves_the_range_and_none_that_is_not_finite_gets_a_number()
    {
        RowPreparation preparation = Numbers([false, true], [0, 1e300], [1, 1e-3], clip: RowPreparation.RobustClip);
        foreach (double cell in (double[])[1e38, -1e38, 1e15, double.Epsilon])
        {
            foreach (float feature in Apply(preparation, [cell, cell]))
                Assert.That(Math.Abs(feature), Is.LessThanOrEqualTo(RowPreparation.RobustClip));
        }

        foreach (double cell in (double[])[double.NaN, double.PositiveInfinity, double.NegativeInfinity])
            Assert.That(Apply(preparation, [cell, cell]), Is.All.NaN);
    }

    [Test]
    public void Rows_in_float32_and_in_float64_become_the_same([Values] bool clips)
    {
        RowPreparation preparation = Numbers(new bool[7], [.. Enumerable.Range(0, 7).Select(j => j * 0.37)], [1, 2, 3, 4, 5, 6, 7], clips ? RowPreparation.RobustClip : null);
        var random = new System.Random(3);
        float[] row = [.. Enumerable.Range(0, 7).Select(_ => (float)random.NextDouble())];
        float[] features = new float[7];
        preparation.Apply<float>(row, features, new double[7]);
        Assert.That(Apply(preparation, [.. row.Select(cell => (double)cell)]), Is.EqualTo(features));
    }

    [Test]
    public void Missing_cells_take_the_mean_or_the_median_where_they_may()
    {
        var column = new ColumnPreparation(new FeatureColumn("a")) { Mean = 5, Median = 3 };
        foreach ((Imputation imputation, float expected) in (ReadOnlySpan<(Imputation, float)>)
            [(Imputation.Mean, 8), (Imputation.Median, 4), (Imputation.None, float.NaN)])
        {
            var preparation = new RowPreparation([column], [1], [2], clip: null, imputation);
            Assert.That(Apply(preparation, [double.NaN]), Is.EqualTo(new[] { expected }));
            Assert.That(Apply(preparation, [2]), Is.EqualTo(new[] { 2f }));
        }
    }

    [Test]
    public void A_category_of_few_levels_is_one_hot_and_one_of_many_its_logarithmic_share()
    {
        var few = new ColumnPreparation(new FeatureColumn("few", FeatureKind.Category) { Levels = ["a", "b", "c"] }) { IsWide = true };
        var many = new ColumnPreparation(
            new FeatureColumn("many", FeatureKind.Category) { Levels = [.. Enumerable.Range(0, 11).Select(level => $"{level}")] })
        {
            IsWide = true, LogShares = [.. Enumerable.Range(0, 11).Select(level => -1.0 - level)], UnseenLogShare = -20,
        };
        var number = new ColumnPreparation(new FeatureColumn("number"));
        double[] ones = [1, 1, 1, 1, 1];
        var preparation = new RowPreparation([few, number, many], new double[5], ones, clip: null, Imputation.None);
        Assert.That(preparation.Width, Is.EqualTo(5));
        Assert.That(preparation.FeaturesOf([2, 0]), Is.EqualTo(new[] { 4, 0, 1, 2 }));
        Assert.That(Apply(preparation, [1, 7, 10]), Is.EqualTo(new float[] { 0, 1, 0, 7, -11 }));
        Assert.That(Apply(preparation, [-1, 7, -1]), Is.EqualTo(new float[] { 0, 0, 0, 7, -20 }));
        Assert.That(Apply(preparation, [double.NaN, 7, double.NaN]), Is.EqualTo(new[] { float.NaN, float.NaN, float.NaN, 7, float.NaN }));
        var filling = new RowPreparation([few with { Median = 0 }, number with { Median = 2 }, many with { Median = 0 }], new double[5], ones,
            clip: null, Imputation.Median);
        Assert.That(Apply(filling, [double.NaN, double.NaN, double.NaN]), Is.EqualTo(new float[] { 0, 0, 0, 2, -20 }));
    }

    [Test]
    public void Lengths_and_numbers_that_make_no_sense_are_refused()
    {
        Assert.That(() => Numbers([false], [1, 2], [1], clip: null), Throws.ArgumentException);
        Assert.That(() => Numbers([false], [double.NaN], [1], clip: null), Throws.ArgumentException);
        Assert.That(() => Numbers([false], [1], [double.PositiveInfinity], clip: null), Throws.ArgumentException);
    }

    private static RowPreparation Numbers(bool[] wide, double[] center, double[] scale, float? clip) => new(
        [.. wide.Select((isWide, j) => new ColumnPreparation(new FeatureColumn($"x{j + 1}")) { IsWide = isWide })], center, scale, clip,
        Imputation.None);

    private static float[] Apply(RowPreparation preparation, double[] row)
    {
        float[] features = new float[preparation.Width];
        preparation.Apply<double>(row, features, new double[preparation.Width]);
        return features;
    }
}
