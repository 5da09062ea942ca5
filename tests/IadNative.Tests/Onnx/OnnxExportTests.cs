using IadNative.Data;
using IadNative.Data.Preparation;
using IadNative.Detectors;
using IadNative.Models;
using IadNative.Networks;
using IadNative.Onnx;
using IadNative.Tests.Compute;
using IadNative.Tests.Detectors;

namespace IadNative.Tests.Onnx;

/// <summary>
/// Exported models, run by ONNX Runtime: they say of raw rows what the detector says, for every kind of model, member, column and image.
/// </summary>
public sealed class OnnxExportTests
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("iad-onnx-test-");

    [OneTimeTearDown]
    public void RemoveFolder() => _folder.Delete(recursive: true);

    private static IEnumerable<string> Kinds =>
    [
        .. DetectorKinds.All, "images svdd x3", "images sdor x2", "images rsrae", "images drae x2", "images gaussian", "images maf", "images oneflow",
    ];

    [Test]
    public void Scores_percentiles_and_labels_are_those_of_the_detector([ValueSource(nameof(Kinds))] string kind) =>
        Check(DetectorKinds.Fitted(kind), DetectorKinds.RowsOf(kind), kind);

    // Every score comes with the percentile and the label that the detector gives it, to the bit; scores are as near to the exact ones
    // as those of float32 are, whatever the order of their sums.
    private void Check(AnomalyDetector detector, double[] rows, string name)
    {
        OnnxRuntimeProgram.Told[] told = OnnxRuntimeProgram.Score(Export(detector, name), rows, detector.Features);
        float[] scores = new float[told.Length], expected = [.. told.Select(row => row.Score)];
        detector.Score(rows, scores);
        (double[] exact, float[][] naive) = ScoreBounds.Of(detector, rows);
        Tolerance.Check(expected, exact, naive, name);
        Assert.Multiple(() =>
        {
            Assert.That(told.Select(row => row.IsAnomaly), Is.EqualTo(scores.Select(detector.IsAnomaly)));
            Assert.That(told.Select(row => row.IsAnomaly), Is.EqualTo(expected.Select(detector.IsAnomaly)));
            Assert.That(told.Select(row => row.Percentile), Is.EqualTo(expected.Select(detector.Percentile)));
            Assert.That(expected.Distinct().Count(), Is.GreaterThan(told.Length / 2));
        });
        double ulp = MathF.BitIncrement(scores.Max(Math.Abs)) - scores.Max(Math.Abs);
        TestContext.Out.WriteLine($"{name}: at most {expected.Zip(scores, (one, other) => Math.Abs(one - other) / ulp).Max():F1} ulp of the largest score from those of the detector");
    }

    [Test]
    public void Columns_of_every_sort_are_prepared_inside([Values] FeatureScaling scaling, [Values] Imputation imputation)
    {
        Dataset data = Columns(imputation != Imputation.None);
        AnomalyDetector detector = AnomalyDetector.Fit(data, new FitOptions
        {
            Model = BaseModel.Autoencoder,
            Network = new NetworkSpec(8, 4),
            Scaling = scaling,
            Imputation = imputation,
            Threads = 1,
            Training = new() { Rounds = 1, Seed = 3 },
        }).Detector;
        Assert.That(detector.Content.Preparation.Columns[0].IsWide, Is.True);
        double[] rows = new double[data.Rows * data.Columns];
        for (int i = 0; i < data.Rows; i++) data.CopyRow(i, rows.AsSpan(i * data.Columns, data.Columns));
        string path = Export(detector, $"columns {scaling} {imputation}");
        Check(detector, rows, $"columns {scaling} {imputation}");

        // Rows that are odd in one cell: missing, infinite, far out; codes between, beside and beyond those of levels.
        double[] odd = [.. ((double[])[double.NaN, double.PositiveInfinity, double.NegativeInfinity, 1e300, -1e30, 0.5, -1, -0.5, 2.999, 3, 14, 13.5, 1e9])
            .SelectMany(value => Enumerable.Range(0, data.Columns).SelectMany(column =>
            {
                double[] row = rows[..data.Columns];
                row[column] = value;
                return row;
            }))];
        OnnxRuntimeProgram.Told[] told = OnnxRuntimeProgram.Score(path, odd, data.Columns);
        float[] scores = new float[told.Length];
        detector.Score(odd, scores);
        Assert.That(scores.Count(score => score == float.MaxValue), Is.GreaterThan(imputation == Imputation.None ? 10 : 5));
        for (int i = 0; i < told.Length; i++)
        {
            string what = $"{odd[(i * data.Columns) + (i % data.Columns)]} in column {i % data.Columns}";
            Assert.That(Math.Abs(told[i].Score - scores[i]) <= 1e-5 * scores[i], $"{what}: {told[i].Score} for {scores[i]}");
            Assert.That(told[i].Score == float.MaxValue, Is.EqualTo(scores[i] == float.MaxValue), what);
        }
    }

    [Test]
    public void A_cell_that_is_no_number_gives_the_largest_score(
        [ValueSource(typeof(DetectorKinds), nameof(DetectorKinds.TablesOfNumbers))] string kind)
    {
        AnomalyDetector detector = DetectorKinds.Fitted(kind);
        double[] rows = [.. Enumerable.Range(0, 3).SelectMany(i => DetectorKinds.RowsOf(kind)[..DetectorKinds.Features])];
        (rows[3], rows[DetectorKinds.Features + 5]) = (double.NaN, double.NegativeInfinity);
        OnnxRuntimeProgram.Told[] told = OnnxRuntimeProgram.Score(Export(detector, $"{kind} broken"), rows, DetectorKinds.Features);
        Assert.That(told[..2], Is.All.EqualTo(new OnnxRuntimeProgram.Told(float.MaxValue, 100, true)));
        Assert.That(told[2].Score, Is.LessThan(float.MaxValue));
    }

    // So far that sums of squares overflow, or the norm of a code: no model has an ordinary score for it.
    [Test]
    public void A_row_that_is_too_far_out_has_the_score_that_the_detector_gives_it([EachModel] BaseModel model)
    {
        Dataset data = SyntheticData.Contaminated();
        AnomalyDetector detector =
            AnomalyDetector.Fit(data, SyntheticData.Quick(model) with { Scaling = FeatureScaling.Standard }).Detector;
        double[] rows = [.. ((double[])[1e10, 1e19, 1e30, -1e37, 3e38]).SelectMany(value => (double[])[.. data.Row(0).ToArray()[..5].Select(cell => (double)cell), value])];
        OnnxRuntimeProgram.Told[] told = OnnxRuntimeProgram.Score(Export(detector, $"far {model.Name}"), rows, 6);
        float[] scores = new float[5];
        detector.Score(rows, scores);
        if (model is not SelfTrainedOrdinalRegression) Assert.That(scores, Has.Some.EqualTo(float.MaxValue)); // its score squares nothing
        for (int i = 0; i < 5; i++)
            Assert.That(Math.Abs((double)told[i].Score - scores[i]) <= 1e-4 * Math.Abs(scores[i]), $"{rows[(6 * i) + 5]}: {told[i].Score} for {scores[i]}");
    }

    [Test]
    public void Ties_among_the_quantiles_have_the_percentile_of_their_middle()
    {
        AnomalyDetector fitted = DetectorKinds.Fitted("ae");
        var random = new System.Random(3);
        float[] scores = fitted.Score(DetectorKinds.Others);

        // Few values and many, the smallest of one and the largest of another, and scores that are quantiles.
        foreach (int distinct in (int[])[1, 2, 31, 32, 33, 64, 65, 90])
        {
            float[] values = [.. scores.Order().Take(distinct)];
            float[] quantiles = [.. Enumerable.Range(0, DetectorContent.QuantileCount).Select(i => values[i < distinct ? i : random.Next(distinct)]).Order()];
            var detector = new AnomalyDetector(fitted.Content with { Quantiles = quantiles });
            OnnxRuntimeProgram.Told[] told = OnnxRuntimeProgram.Score(Export(detector, $"ties {distinct}"), DetectorKinds.RowsOf("ae"), DetectorKinds.Features);
            Assert.That(told.Select(row => row.Percentile), Is.EqualTo(told.Select(row => detector.Percentile(row.Score))), $"{distinct} values");
        }
    }

    [Test]
    public void The_same_detector_gives_the_same_bytes_in_a_file_and_in_a_stream()
    {
        AnomalyDetector detector = DetectorKinds.Fitted("auto");
        using var stream = new MemoryStream();
        detector.ExportOnnx(stream);
        Assert.That(stream.ToArray(), Is.EqualTo(File.ReadAllBytes(Export(detector, "same"))));
        Assert.That(stream.ToArray(), Is.EqualTo(File.ReadAllBytes(Export(SyntheticData.Loaded(detector.Saved()), "same, loaded"))));
    }

    [Test]
    public void What_is_not_asked_for_is_left_out()
    {
        AnomalyDetector detector = DetectorKinds.Fitted("svdd");
        string path = Path.Combine(_folder.FullName, "label.onnx");
        detector.ExportOnnx(path, new OnnxExportOptions { Outputs = OnnxOutputs.Score });
        OnnxModelInfo score = OnnxModelInfo.Read(path), all = OnnxModelInfo.Read(Export(detector, "all"));
        Assert.That(score.Outputs, Is.EqualTo((string[])["score: float32 [rows]"]));
        Assert.That(all.Outputs, Is.EqualTo((string[])["score: float32 [rows]", "percentile: float64 [rows]", "label: int64 [rows]"]));
        Assert.That(score.Nodes, Is.LessThan(all.Nodes));
        Assert.That(() => detector.ExportOnnx(path, new OnnxExportOptions { Outputs = OnnxOutputs.None }), Throws.ArgumentException);
        Assert.That(() => detector.ExportOnnx(path, new OnnxExportOptions { Outputs = (OnnxOutputs)8 }), Throws.ArgumentException);
    }

    private string Export(AnomalyDetector detector, string name)
    {
        string path = Path.Combine(_folder.FullName, $"{name}.onnx");
        detector.ExportOnnx(path);
        return path;
    }

    // Seconds since 1970 to a millisecond, numbers with a constant among them, levels that are encoded one-hot and by their shares.
    private static Dataset Columns(bool haveMissing)
    {
        var random = new System.Random(5);
        FeatureColumn[] columns =
        [
            new("time"), new("few", FeatureKind.Category) { Levels = ["low", "middle", "high"] }, new("a"), new("b"),
            new("many", FeatureKind.Category) { Levels = [.. Enumerable.Range(0, 14).Select(level => $"level {level}")] },
            new("flag", FeatureKind.Boolean), new("constant"),
        ];
        double[] cells = new double[200 * columns.Length];
        for (int i = 0; i < 200; i++)
        {
            double a = random.NextDouble();
            double[] row =
                [1.7e9 + (0.001 * random.Next(100_000)), (int)(3 * a), a, (10 * a) + random.NextDouble(), (int)(14 * Math.Pow(a, 2)), a > 0.3 ? 1 : 0, 7];
            if (haveMissing && i % 9 == 0) row[i % 6] = double.NaN;
            row.CopyTo(cells, i * columns.Length);
        }

        return new Dataset("columns", TableValues.Of(cells, columns.Length), 200, columns, null, true, allowMissing: haveMissing);
    }
}
