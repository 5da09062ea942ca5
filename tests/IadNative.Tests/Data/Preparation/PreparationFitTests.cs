using IadNative.Data;
using IadNative.Data.Preparation;

namespace IadNative.Tests.Data.Preparation;

/// <summary>What is learned of columns.</summary>
internal sealed class PreparationFitTests
{
    [TestCase(new double[] { 1, 2, 3, 4, 5, 6, 7, 8, 9 }, 5, 4 / 1.348980)]
    [TestCase(new double[] { 1, 2, 3, 4, 5, 6, 7, 8, 1e30 }, 5, 4 / 1.348980)]
    [TestCase(new double[] { 4, 4, 4 }, 4, 0)]
    [TestCase(new double[] { 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 }, 0, 0.55 / 3.289707)]
    public void Robust_deviations_follow_the_middle_of_the_cells(double[] cells, double median, double deviation)
    {
        var sample = new ColumnSample(cells);
        Assert.That(sample.Median, Is.EqualTo(median));
        Assert.That(sample.RobustDeviation, Is.EqualTo(deviation).Within(1e-6 * Math.Max(deviation, 1)));
    }

    [Test]
    public void A_column_that_is_nearly_constant_has_the_root_mean_square_distance_of_the_rest()
    {
        double[] cells = new double[400];
        cells[17] = -3;
        Assert.That(new ColumnSample(cells).RobustDeviation, Is.EqualTo(3 / 20.0).Within(1e-12));
    }

    [Test]
    public void Standard_scaling_of_plain_numbers_leaves_rows_as_they_are()
    {
        var data = new Dataset("t", new float[] { 1, 2, 3, 5, 8, 13 }, 3, 2);
        Assert.That(PreparationFit.Run(data, FeatureScaling.Standard, Imputation.None, out _).IsIdentity, Is.True);
        Assert.That(PreparationFit.Run(data, FeatureScaling.Standard, Imputation.Mean, out _).IsIdentity, Is.False);
        Assert.That(PreparationFit.Run(data, FeatureScaling.Robust, Imputation.None, out _).IsIdentity, Is.False);
    }

    [Test]
    public void Means_medians_and_constants_are_those_of_the_cells_that_are_there()
    {
        float[] values = [1, 7, float.NaN, 7, 2, 7, 6, float.NaN];
        var data = new Dataset("t", new TableValues(values), 4, FeatureColumn.Numbers(["a", "b"], 2), null, true, allowMissing: true);
        RowPreparation preparation = PreparationFit.Run(data, FeatureScaling.Robust, Imputation.Mean, out _);
        Assert.That(preparation.Columns[0].Mean, Is.EqualTo(3));
        Assert.That(preparation.Columns[0].Median, Is.EqualTo(2));
        Assert.That(preparation.Columns[0].Constant, Is.Null);
        Assert.That(preparation.Columns[1].Constant, Is.EqualTo(7));
        Assert.That(() => PreparationFit.Run(data, FeatureScaling.Robust, Imputation.None, out _),
            Throws.ArgumentException.With.Message.Contains("2 of 2 columns have missing cells, most of them 'a' (1)"));
    }

    [Test]
    public void A_column_without_any_cell_cannot_be_filled()
    {
        var data = new Dataset(
            "t", new TableValues((float[])[1, float.NaN, 2, float.NaN]), 2, FeatureColumn.Numbers(["a", "b"], 2), null, true, allowMissing: true);
        Assert.That(() => PreparationFit.Run(data, FeatureScaling.Robust, Imputation.Median, out _),
            Throws.ArgumentException.With.Message.Contains("every cell of 'b' is missing"));
    }

    [Test]
    public void Levels_are_weighed_by_the_rows_that_have_them()
    {
        FeatureColumn column = new("c", FeatureKind.Category) { Levels = [.. Enumerable.Range(0, 12).Select(level => $"{level}")] };
        var data = new Dataset("t", new TableValues((float[])[0, 0, 0, 5]), 4, [column], null, true);
        ColumnPreparation learned = PreparationFit.Run(data, FeatureScaling.Standard, Imputation.None, out _).Columns[0];
        Assert.That(learned.LogShares[0], Is.EqualTo(Math.Log(4.0 / 5)).Within(1e-12));
        Assert.That(learned.LogShares[5], Is.EqualTo(Math.Log(2.0 / 5)).Within(1e-12));
        Assert.That(learned.LogShares[1], Is.EqualTo(Math.Log(1.0 / 5)).Within(1e-12));
        Assert.That(learned.UnseenLogShare, Is.EqualTo(Math.Log(1.0 / 5)).Within(1e-12));
    }

    [TestCase(5.0, 5.0, false)]
    [TestCase(5.0, 5.000001, false)]
    [TestCase(5.0, 5.00002, true)]
    [TestCase(0.0, 1e-30, true)]
    [TestCase(-2.0, 2.0, true)]
    public void A_constant_moves_where_it_differs_by_more_than_its_millionth(double constant, double cell, bool moved)
    {
        var column = new ColumnPreparation(new FeatureColumn("a")) { Constant = constant };
        Assert.That(column.IrregularitiesOf(cell), Is.EqualTo(moved ? RowIrregularities.MovedConstant : RowIrregularities.None));
    }

    [Test]
    public void A_table_in_float64_keeps_in_full_what_float32_is_too_coarse_for()
    {
        double[] values = [.. Enumerable.Range(0, 400).SelectMany(i => (double[])[2e9 + (i * 0.25), i * 0.1])];
        var data = new Dataset("t", values, 400, 2);
        Assert.That(data.Cells.IsWide(0), Is.True);
        Assert.That(data.Cells.IsWide(1), Is.False);
        double[] row = new double[2];
        data.CopyRow(7, row);
        Assert.That(row, Is.EqualTo(new[] { 2e9 + 1.75, (float)0.7000000000000001 }));
        RowPreparation preparation = PreparationFit.Run(data, FeatureScaling.Robust, Imputation.None, out _);
        float[] features = new float[800];
        preparation.Apply(data, 0, data.Rows, features);
        Assert.That(Enumerable.Range(0, 400).Select(i => features[2 * i]), Is.Unique.And.Ordered);
    }

    private static Dataset Column(double[] cells) => new("t", cells, cells.Length, 1);
}
