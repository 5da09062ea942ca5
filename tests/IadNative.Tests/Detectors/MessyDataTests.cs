using IadNative.Data;

namespace IadNative.Tests.Detectors;

/// <summary>Data that nobody cleaned, in the cells too: no silent wrong score.</summary>
internal sealed class MessyDataTests
{
    // Those that train themselves follow their first scores wherever these lead.
    private static IEnumerable<BaseModel> Models => [BaseModel.Auto, .. BaseModel.All.Where(model => model.SelfTraining is null)];

    [Test]
    public void One_extreme_cell_hides_no_other_anomaly(
        [ValueSource(nameof(Models))] BaseModel model, [Values(200, 999999, -1e30, 3e38)] double spike)
    {
        FitResult result = AnomalyDetector.Fit(MessyTable.Create(spike: spike), new FitOptions { Model = model, Threads = 1 });
        Assert.That(result.Iad!.Mean, Is.GreaterThanOrEqualTo(0.99));
        Assert.That(result.Columns[0].Extreme, Is.EqualTo(1));
        Assert.That(result.Columns[0].Farthest, Is.EqualTo(spike).Within(1e-6 * Math.Abs(spike)));
        Assert.That(result.Columns[1].Extreme, Is.Zero);
        Assert.That(result.Notes, Has.Exactly(1).Contains("extreme cells").And.Contains("'a' (1 as far out as"));
    }

    [Test]
    public void Standard_scaling_says_what_an_extreme_cell_does_to_it()
    {
        FitResult result = AnomalyDetector.Fit(
            MessyTable.Create(spike: 999999), new FitOptions { Model = BaseModel.OneClassSvdd, Scaling = FeatureScaling.Standard, Threads = 1 });
        Assert.That(result.Notes, Has.Exactly(1).Contains("all other cells look alike"));
        Assert.That(result.Iad!.Mean, Is.LessThan(0.9));
    }

    [Test]
    public void Sentinels_in_one_column_leave_the_anomalies_of_another_ahead_of_all_other_rows([ValueSource(nameof(Models))] BaseModel model)
    {
        Dataset data = MessyTable.Create(sentinels: 0.02);
        AnomalyDetector detector = AnomalyDetector.Fit(data, new FitOptions { Model = model, Threads = 1 }).Detector;
        float[] scores = detector.Score(data);
        int[] plain = [.. Enumerable.Range(0, data.Rows).Where(row => data.Row(row)[1] > -999)];
        float[] some = [.. plain.Select(row => scores[row])];
        bool[] labels = [.. plain.Select(row => data.Labels![row])];
        Assert.That(RocAuc.Compute(some, labels), Is.GreaterThanOrEqualTo(0.97));
    }

    [Test]
    public void Large_offsets_do_not_swallow_what_varies([ValueSource(nameof(Models))] BaseModel model, [Values] FeatureScaling scaling)
    {
        Dataset data = MessyTable.Create(offset: 2e9);
        FitResult result = AnomalyDetector.Fit(data, new FitOptions { Model = model, Scaling = scaling, Threads = 1 });
        Assert.That(result.Iad!.Mean, Is.GreaterThanOrEqualTo(0.97));
        Assert.That(result.Columns.Select(column => column.Collapsed), Is.All.LessThan(10));
        Assert.That(result.Detector.Score(data), Is.EqualTo(result.DetectorScores));
        double[] row = new double[2];
        data.CopyRow(500, row);
        Assert.That(result.Detector.Score(row), Is.EqualTo(result.DetectorScores[500]));
    }

    [Test]
    public void A_row_with_a_gap_has_the_same_score_whatever_stands_beside_it([Values(Imputation.Mean, Imputation.Median)] Imputation imputation)
    {
        AnomalyDetector detector = Saved(AnomalyDetector.Fit(
            MessyTable.Create(), SyntheticData.Quick() with { Imputation = imputation }).Detector);
        double[] gap = [8, double.NaN], filled = [8, detector.Content.Preparation.Columns[1].FillOf(imputation)];
        Assert.That(detector.Score(gap), Is.EqualTo(detector.Score(filled)).And.LessThan(float.MaxValue));
        Assert.That(detector.Score((ReadOnlySpan<float>)[8, float.NaN]), Is.EqualTo(detector.Score(gap)));
        float[] scores = new float[3];
        detector.Score((ReadOnlySpan<double>)[1e6, -1e6, 8, double.NaN, 3, 3], scores);
        Assert.That(scores[1], Is.EqualTo(detector.Score(gap)));
        Assert.That(detector.Irregularities(gap), Is.EqualTo(RowIrregularities.Missing));
    }

    [Test]
    public void A_model_that_was_fitted_without_filling_gives_a_gap_no_score_until_it_is_told_to()
    {
        AnomalyDetector detector = Saved(AnomalyDetector.Fit(MessyTable.Create(), SyntheticData.Quick()).Detector);
        double[] gap = [8, double.NaN];
        Assert.That(detector.Score(gap), Is.EqualTo(float.MaxValue));
        Assert.That(detector.With(Imputation.Median).Score(gap), Is.LessThan(float.MaxValue));
    }

    [Test]
    public void Columns_go_by_their_names()
    {
        AnomalyDetector detector = AnomalyDetector.Fit(MessyTable.Create(), SyntheticData.Quick()).Detector;
        float expected = detector.Score((ReadOnlySpan<float>)[1, 2]);
        Assert.That(detector.Score(Row([2, 9, 1], "b", "other", "a")), Is.EqualTo(new[] { expected }));
        Assert.That(detector.Score(Row([1, 2], "p", "q"), byPosition: true), Is.EqualTo(new[] { expected }));
        Assert.That(() => detector.Score(Row([1, 2], "a", "c")), Throws.ArgumentException.With.Message.Contains("lacks 1 of the model's 2 columns: 'b'"));
        Assert.That(() => detector.Score(Row([1, 2, 3], "a", "b", "a")), Throws.ArgumentException.With.Message.Contains("two columns called 'a'"));
        Assert.That(() => detector.Score(new Dataset("t", new float[] { 1, 2 }, 1, 2)), Throws.ArgumentException.With.Message.Contains("no names"));
        Assert.That(() => detector.Score(Row([1], "a"), byPosition: true), Throws.ArgumentException.With.Message.Contains("1 columns"));
    }

    [Test]
    public void Columns_without_names_go_by_their_place_and_names_on_one_side_alone_are_refused()
    {
        Dataset named = MessyTable.Create();
        AnomalyDetector detector = Saved(AnomalyDetector.Fit(new Dataset("t", named.Values, named.Rows, 2), SyntheticData.Quick()).Detector);
        Assert.That(detector.Score(new Dataset("t", new float[] { 1, 2 }, 1, 2)), Is.EqualTo(new[] { detector.Score((ReadOnlySpan<float>)[1, 2]) }));
        Assert.That(() => detector.Score(Row([1, 2], "a", "b")), Throws.ArgumentException.With.Message.Contains("those of the model have not"));
    }

    [Test]
    public void A_constant_that_moves_is_noted_at_fit_and_flagged_when_scored([ValueSource(nameof(Models))] BaseModel model)
    {
        Dataset messy = MessyTable.Create();
        float[] values = [.. Enumerable.Range(0, messy.Rows).SelectMany(row => (float[])[messy.Row(row)[0], messy.Row(row)[1], 3.25f])];
        FitResult result = AnomalyDetector.Fit(
            new Dataset("t", values, messy.Rows, 3, null, ["a", "b", "fixed"]),
            Quick(model));
        Assert.That(result.Notes, Has.Exactly(1).Contains("one value in all rows").And.Contains("'fixed' (3.25)"));
        Assert.That(result.Columns[2].Constant, Is.EqualTo(3.25));
        AnomalyDetector detector = Saved(result.Detector);
        Assert.That(detector.Irregularities([1, 2, 3.25]), Is.EqualTo(RowIrregularities.None));
        Assert.That(detector.Irregularities([1, 2, 3.5]), Is.EqualTo(RowIrregularities.MovedConstant));
    }

    [Test]
    public void Values_that_collapse_in_float32_are_noted()
    {
        FitResult result = AnomalyDetector.Fit(
            MessyTable.Create(spike: 1e15), SyntheticData.Quick() with { Scaling = FeatureScaling.Standard });
        Assert.That(result.Columns[0].Distinct, Is.EqualTo(MessyTable.Rows));
        Assert.That(result.Columns[0].Collapsed, Is.GreaterThan(900));
        Assert.That(result.Notes, Has.Exactly(1).Contains("cannot tell apart").And.Contains("'a' ("));
    }

    [Test]
    public void Categories_are_encoded_in_the_model_and_unseen_levels_are_defined([ValueSource(nameof(Models))] BaseModel model)
    {
        Dataset messy = MessyTable.Create();
        float[] values = [.. Enumerable.Range(0, messy.Rows).SelectMany(row =>
            (float[])[messy.Row(row)[0], row % 2, row % 50 == 0 ? 11 : row % 11])];
        FeatureColumn[] columns =
        [
            new("a"), new("side", FeatureKind.Category) { Levels = ["left", "right"] },
            new("shop", FeatureKind.Category) { Levels = [.. Enumerable.Range(0, 12).Select(shop => $"shop {shop}")] },
        ];
        var data = new Dataset("t", new TableValues(values), messy.Rows, columns, messy.Labels, true);
        FitResult result = AnomalyDetector.Fit(data, Quick(model));
        AnomalyDetector detector = Saved(result.Detector);
        Assert.That(detector.Columns, Is.EqualTo(columns));
        Assert.That(detector.Score(data), Is.EqualTo(result.DetectorScores));
        Assert.That(detector.Features, Is.EqualTo(3));

        // Other codes of the same levels, columns in another order.
        FeatureColumn[] others = [new("shop", FeatureKind.Category) { Levels = ["shop 3", "new shop"] }, columns[1] with { Levels = ["right", "left"] }, columns[0]];
        var other = new Dataset("o", new TableValues((float[])[0, 1, 2.5f, 1, 0, 2.5f]), 2, others, null, true);
        float[] scores = detector.Score(other);
        Assert.That(scores[0], Is.EqualTo(detector.Score((ReadOnlySpan<double>)[2.5, 0, 3])));
        Assert.That(scores[1], Is.EqualTo(detector.Score((ReadOnlySpan<double>)[2.5, 1, -1])).And.LessThan(float.MaxValue));
        Assert.That(detector.Irregularities([2.5, 1, -1]), Is.EqualTo(RowIrregularities.UnseenLevel));
        float[] contributions = new float[3];
        detector.Explain((ReadOnlySpan<double>)[2.5, 0, 3], contributions);
        Assert.That(detector.ExplainedFrom + contributions.Sum(), Is.EqualTo(scores[0]).Within(1e-5 * (1 + contributions.Sum(Math.Abs))));
    }

    private static FitOptions Quick(BaseModel model) => model is AutomaticCommittee
        ? new FitOptions { Threads = 1 }
        : SyntheticData.Quick() with { Model = model, Network = null };

    private static Dataset Row(float[] values, params string[] names) => new("row", values, 1, values.Length, null, names);

    private static AnomalyDetector Saved(AnomalyDetector detector)
    {
        using var stream = new MemoryStream(detector.Saved());
        return AnomalyDetector.Load(stream, "saved");
    }
}
