using System.Text.Json.Nodes;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Detectors.Drift;

namespace IadNative.Tests.Detectors;

public sealed class DriftTests
{
    private static readonly AnomalyDetector s_detector = AnomalyDetector.Fit(Table(600, seed: 1), SyntheticData.Quick()).Detector;

    [Test]
    public void Rows_like_those_of_training_have_not_drifted([Range(2, 6)] int seed)
    {
        DriftReport report = s_detector.Drift(Table(500, seed));
        Assert.Multiple(() =>
        {
            Assert.That(report.ShouldRefit, Is.False);
            Assert.That(report.Rows, Is.EqualTo(500));
            Assert.That(report.Columns.Select(column => column.Name), Is.EquivalentTo(new[] { "a", "b", "c", "d" }));
            Assert.That(report.Columns.Select(column => column.Measure.PValue), Is.All.InRange(0.01, 1.0));
            Assert.That(report.Columns.Select(column => column.Measure.StabilityIndex), Is.Ordered.Descending.And.All.LessThan(0.2));
            Assert.That(report.Scores.Statistic, Is.LessThan(0.15));
        });
    }

    [Test]
    public void Training_data_have_not_moved_from_themselves()
    {
        DriftReport report = s_detector.Drift(Table(600, seed: 1));
        Assert.That(report.Scores.Statistic, Is.LessThan(0.003));
        Assert.That(report.Scores.StabilityIndex, Is.LessThan(0.001));
        Assert.That(report.Columns.Select(column => column.Measure.Statistic), Is.All.LessThan(1e-6));
        Assert.That(report.Columns.Select(column => column.Measure.PValue), Is.All.EqualTo(1));
    }

    [Test]
    public void A_column_that_moves_is_named_first_and_few_rows_prove_nothing()
    {
        Dataset moved = Table(500, seed: 2, shift: 3);
        DriftReport report = s_detector.Drift(moved);
        Assert.Multiple(() =>
        {
            Assert.That(report.ShouldRefit, Is.True);
            Assert.That(report.Columns[0].Name, Is.EqualTo("b"));
            Assert.That(report.Columns[0].Measure.HasDrifted, Is.True);
            Assert.That(report.DriftedColumns, Is.EqualTo(1));
            Assert.That(report.Scores.HasDrifted, Is.True);
            Assert.That(s_detector.Drift(s_detector.Score(moved)), Is.EqualTo(report.Scores), "from scores alone");
            Assert.That(s_detector.Drift(Table(1, seed: 2, shift: 3)).ShouldRefit, Is.False);
        });
    }

    [Test]
    public void A_difference_that_is_significant_but_small_is_no_drift()
    {
        AnomalyDetector detector = AnomalyDetector.Fit(Table(20_000, seed: 1), SyntheticData.Quick()).Detector;
        DriftReport report = detector.Drift(Table(20_000, seed: 2, shift: 0.1));
        Assert.That(report.Columns[0].Name, Is.EqualTo("b"));
        Assert.That(report.Columns[0].Measure.PValue, Is.LessThan(1e-6));
        Assert.That(report.ShouldRefit, Is.False);
    }

    [Test]
    public void Gaps_levels_and_constants_are_noticed()
    {
        AnomalyDetector detector = AnomalyDetector.Fit(Mixed(400, 1, missing: 0.02, newLevel: 0, constant: 5),
            SyntheticData.Quick() with { Imputation = Imputation.Median }).Detector;
        AnomalyDetector loaded = SyntheticData.Loaded(detector.Saved());
        Assert.That(loaded.Drift(Mixed(300, 2, missing: 0.02, newLevel: 0, constant: 5)).ShouldRefit, Is.False);
        Assert.That(Moved(Mixed(300, 2, missing: 0.5, newLevel: 0, constant: 5)), Is.EqualTo(new[] { "gaps" }));
        Assert.That(Moved(Mixed(300, 2, missing: 0.02, newLevel: 0.4, constant: 5)), Is.EqualTo(new[] { "level" }));
        Assert.That(Moved(Mixed(300, 2, missing: 0.02, newLevel: 0, constant: 4)), Is.EqualTo(new[] { "constant" }), "below");
        Assert.That(Moved(Mixed(300, 2, missing: 0.02, newLevel: 0, constant: 6)), Is.EqualTo(new[] { "constant" }), "above");

        string[] Moved(Dataset data) => [.. loaded.Drift(data).Columns.Where(column => column.Measure.HasDrifted).Select(column => column.Name)];
    }

    // Readers code a level that the detector does not know as −1.
    [Test]
    public void A_level_that_training_has_not_seen_is_compared_and_scored()
    {
        AnomalyDetector detector = AnomalyDetector.Fit(Mixed(400, 1, 0, 0, constant: 5), SyntheticData.Quick()).Detector;
        Dataset data = Mixed(300, 2, 0, 0, constant: 5);
        float[] cells = [.. data.Values];
        for (int row = 0; row < 300; row += 3) cells[(4 * row) + 2] = -1;
        DriftReport report = detector.Drift(new Dataset("unseen", new TableValues(cells), 300, data.Features, null, areNamed: true));
        Assert.That(report.Columns[0].Name, Is.EqualTo("level"));
        Assert.That(report.Columns[0].Measure.HasDrifted, Is.True);
    }

    // A number in float32 is another in float64, and in which a column is kept is decided for each data set by itself.
    [Test]
    public void Cells_of_both_precisions_are_compared_in_the_coarser()
    {
        double[] fine = [.. Enumerable.Range(0, 400).SelectMany(i => (double[])[1.7e9 + (0.7 * i), i % 11])];
        Dataset wide = new("wide", fine, 400, 2), narrow = new("narrow", [.. fine.Select(cell => (float)cell)], 400, 2);
        Assert.That((wide.Cells.Float64?[0] is not null, narrow.Cells.Float64 is null), Is.EqualTo((true, true)));
        foreach ((Dataset one, Dataset other) in ((Dataset, Dataset)[])[(wide, narrow), (narrow, wide)])
        {
            DriftReport report = AnomalyDetector.Fit(one, SyntheticData.Quick()).Detector.Drift(other);
            Assert.That(report.Columns.Single(column => column.Name == "x1").Measure.Statistic, Is.LessThan(0.3), one.Name);
        }
    }

    [Test]
    public void P_values_of_several_columns_are_adjusted_as_holm_says()
    {
        DriftMeasure[] measures = [.. ((double[])[0.01, 0.04, 0.03]).Select(p => new DriftMeasure(0, p, 0))];
        DriftTest.Adjust(measures);
        Assert.That(measures.Select(measure => measure.PValue), Is.EqualTo(new[] { 0.03, 0.06, 0.06 }).Within(1e-15));
    }

    [Test]
    public void Images_are_compared_by_brightness_and_contrast()
    {
        AnomalyDetector detector = AnomalyDetector.Fit(Images(300, 1, 0), SyntheticData.Quick() with { Network = new(4, 2) }).Detector;
        AnomalyDetector loaded = SyntheticData.Loaded(detector.Saved());
        Assert.That(loaded.Drift(Images(200, 2, 0)).ShouldRefit, Is.False);
        DriftReport brighter = loaded.Drift(Images(200, 2, 80));
        Assert.That(brighter.Columns.Select(column => column.Name), Is.EqualTo(new[] { "brightness", "contrast" }));
        Assert.That(brighter.ShouldRefit, Is.True);
        Assert.That(() => loaded.Drift(Table(20, 1)), Throws.ArgumentException.With.Message.Contains("images of 4x4"));
    }

    [Test]
    public void A_model_of_an_earlier_version_compares_scores_alone()
    {
        var file = new ModelFile(s_detector.Saved());
        file.Description.Remove("reference");
        AnomalyDetector old = SyntheticData.Loaded(file.ToBytes());
        DriftReport report = old.Drift(Table(500, seed: 2, shift: 3));
        Assert.That(report.Columns, Is.Empty);
        Assert.That(report.Scores.HasDrifted, Is.True);
        Assert.That(report.ShouldRefit, Is.True);
        Assert.That(old.Drift(Table(500, seed: 2)).ShouldRefit, Is.False);
    }

    [Test]
    public void What_a_file_keeps_of_columns_is_small_and_the_same_when_it_is_saved_again()
    {
        byte[] saved = s_detector.Saved();
        Assert.That(SyntheticData.Loaded(saved).Saved(), Is.EqualTo(saved));
        var file = new ModelFile(saved);
        Assert.That(file.Tensors["reference.edges"].Shape[0], Is.EqualTo(4 * 11));
        Dataset flags = new("flags", [.. Enumerable.Range(0, 300).Select(i => (float)(i % 3 == 0 ? 1 : 0))], 100, 3);
        var binary = new ModelFile(AnomalyDetector.Fit(flags, SyntheticData.Quick()).Detector.Saved());
        Assert.That(binary.Tensors["reference.edges"].Shape[0], Is.LessThanOrEqualTo(6), "each value once");
    }

    [Test]
    public void A_reference_that_makes_no_sense_is_refused()
    {
        byte[] saved = s_detector.Saved();
        ModelFile.AssertRefused(saved, file => file.Description["reference"]!["rows"] = 0, "training data");
        ModelFile.AssertRefused(saved, file => file.Description["reference"]!["edges"] = new JsonArray(1, 2), "training data");
        ModelFile.AssertRefused(saved, file => file.Description["reference"]!["edges"]![0] = 12, "training data");
        ModelFile.AssertRefused(saved, file => file.Description["reference"]!["edges"]![0] = 10, "reference.edges");
        ModelFile.AssertRefused(saved, file => file.Description["reference"] = 3);
        ModelFile.AssertRefused(saved, file => file.Doubles("reference.edges")[1] = double.NaN, "ascend");
        ModelFile.AssertRefused(saved, file => file.Doubles("reference.edges")[1] = -1e9, "ascend");
        ModelFile.AssertRefused(saved, file => file.Floats("reference.shares")[0] = 0, "ascend");
        ModelFile.AssertRefused(saved, file => file.Floats("reference.shares")[10] = 1.5f, "ascend");
    }

    [Test]
    public void Scores_that_are_none_are_refused_and_infinite_ones_count()
    {
        Assert.That(() => s_detector.Drift([]), Throws.ArgumentException);
        Assert.That(() => s_detector.Drift([1, float.NaN]), Throws.ArgumentException.With.Message.Contains("NaN"));
        Assert.That(s_detector.Drift([float.PositiveInfinity, float.MaxValue]).Statistic, Is.EqualTo(1));
        float[] scores = [3, 1, 2];
        s_detector.Drift(scores);
        Assert.That(scores, Is.EqualTo(new float[] { 3, 1, 2 }), "they keep their order");
    }

    [Test]
    public void Of_many_columns_that_have_not_moved_none_is_said_to_have()
    {
        var random = new System.Random(4);
        Dataset Noise(int rows) => new("noise", [.. Enumerable.Range(0, rows * 200).Select(_ => random.NextSingle())], rows, 200);
        AnomalyDetector detector = AnomalyDetector.Fit(Noise(300), SyntheticData.Quick()).Detector;
        DriftReport report = detector.Drift(Noise(200));
        Assert.That(report.Columns.Select(column => column.Measure.PValue), Is.All.GreaterThan(0.01));
    }

    private static Dataset Table(int rows, int seed, double shift = 0)
    {
        var random = new System.Random(seed);
        float[] values = [.. Enumerable.Range(0, rows * 4).Select(i => (float)(Normal(random) + (i % 4 == 1 ? shift : 0)))];
        return new Dataset("table", values, rows, 4, null, ["a", "b", "c", "d"]);
    }

    private static Dataset Mixed(int rows, int seed, double missing, double newLevel, float constant)
    {
        var random = new System.Random(seed);
        FeatureColumn[] columns = [new("x"), new("gaps"), new("level", FeatureKind.Category) { Levels = ["u", "v", "w"] }, new("constant")];
        float[] values = new float[rows * 4];
        for (int i = 0; i < rows; i++)
        {
            values[4 * i] = (float)Normal(random);
            values[(4 * i) + 1] = random.NextDouble() < missing ? float.NaN : (float)Normal(random);
            values[(4 * i) + 2] = random.NextDouble() < newLevel ? 2 : random.Next(2);
            values[(4 * i) + 3] = constant;
        }

        return new Dataset("mixed", new TableValues(values), rows, columns, null, areNamed: true, allowMissing: true);
    }

    private static Dataset Images(int rows, int seed, float light)
    {
        var random = new System.Random(seed);
        float[] pixels = [.. Enumerable.Range(0, rows * 16).Select(_ => (random.NextSingle() * 100) + light)];
        return new Dataset("images", pixels, rows, 16) { Image = new ImageShape(4, 4) };
    }

    private static double Normal(System.Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
