using IadNative.ML;
using IadNative.Tests.Detectors;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace IadNative.Tests.ML;

/// <summary>What the transformer adds to rows, by cursors of all kinds and by a prediction engine.</summary>
public sealed class TransformerTests
{
    private static readonly MlRows s_rows = new();

    private static readonly AnomalyDetector s_detector = AnomalyDetector.Fit(s_rows.Table, MlRows.Quick).Detector;

    private static readonly float[] s_scores = s_detector.Score(s_rows.Table);

    [Test]
    public void The_columns_are_what_the_detector_says_of_each_row()
    {
        IDataView scored = new IadTransformer(s_detector).Transform(s_rows.View);
        Assert.That(MlRows.Column<float>(scored, "Score"), Is.EqualTo(s_scores));
        Assert.That(MlRows.Column<bool>(scored, "PredictedLabel"), Is.EqualTo(s_scores.Select(s_detector.IsAnomaly)).And.Contain(true).And.Contain(false));
        Assert.That(MlRows.Column<double>(scored, "PValue"), Is.EqualTo(s_scores.Select(s_detector.PValue)));
        Assert.That(MlRows.Column<int>(scored, "Id"), Is.EqualTo(Enumerable.Range(0, s_scores.Length)));
        Assert.That(scored.GetRowCount(), Is.EqualTo(s_rows.View.GetRowCount()));
        Assert.That(scored.Schema.Select(column => column.Name), Is.EqualTo(new[] { "Features", "Label", "Id", "Score", "PredictedLabel", "PValue" }));
        Assert.That(new IadTransformer(s_detector).GetOutputSchema(s_rows.View.Schema).Count, Is.EqualTo(6));
    }

    [Test]
    public void Evaluate_finds_the_same_AUC_as_the_library()
    {
        IDataView scored = new IadTransformer(s_detector).Transform(s_rows.View);
        double auc = MlRows.Context.AnomalyDetection.Evaluate(scored).AreaUnderRocCurve;
        Assert.That(auc, Is.EqualTo(RocAuc.Compute(s_scores, s_rows.Table.Labels!)).Within(1e-12));
    }

    [Test]
    public void A_row_is_scored_when_it_is_read_and_once_for_all_columns()
    {
        int reads = 0;
        IDataView counted = MlRows.Context.Transforms.CustomMapping<Sample, Counted>(
            (row, copy) => (copy.Watched, _) = (row.Features, reads++), null).Fit(s_rows.View).Transform(s_rows.View);
        IDataView scored = new IadTransformer(s_detector, "Watched").Transform(counted);
        Assert.That(MlRows.Column<int>(scored, "Id"), Has.Length.EqualTo(s_scores.Length));
        Assert.That(reads, Is.Zero);
        Scored[] rows = [.. MlRows.Context.Data.CreateEnumerable<Scored>(scored, reuseRowObject: false)];
        Assert.That(rows.Select(row => row.Score), Is.EqualTo(s_scores));
        Assert.That(reads, Is.EqualTo(s_scores.Length));
    }

    [Test]
    public void Cursors_that_share_the_rows_out_or_shuffle_them_give_each_its_own_score()
    {
        IDataView scored = new IadTransformer(s_detector).Transform(s_rows.View);
        DataViewRowCursor[] cursors =
        [
            scored.GetRowCursor(scored.Schema, new System.Random(3)), .. scored.GetRowCursorSet(scored.Schema, 3),
        ];
        Assert.That(Read(cursors[..1]), Is.EqualTo(s_scores));
        Assert.That(Read(cursors[1..]), Is.EqualTo(s_scores));

        static float[] Read(DataViewRowCursor[] cursors)
        {
            float[] scores = new float[s_scores.Length];
            Array.Fill(scores, float.NaN);
            foreach (DataViewRowCursor cursor in cursors)
            {
                using (cursor)
                {
                    ValueGetter<int> id = cursor.GetGetter<int>(cursor.Schema["Id"]);
                    ValueGetter<float> score = cursor.GetGetter<float>(cursor.Schema["Score"]);
                    int row = 0;
                    while (cursor.MoveNext())
                    {
                        id(ref row);
                        Assert.That(scores[row], Is.NaN, "each row once");
                        score(ref scores[row]);
                    }
                }
            }

            return scores;
        }
    }

    [Test]
    public void A_cursor_gives_no_column_that_was_not_asked_for_and_none_as_another_type()
    {
        IDataView scored = new IadTransformer(s_detector).Transform(s_rows.View);
        using DataViewRowCursor cursor = scored.GetRowCursor([scored.Schema["Score"]]);
        Assert.That(cursor.IsColumnActive(scored.Schema["Score"]), Is.True);
        Assert.That(cursor.IsColumnActive(scored.Schema["PValue"]), Is.False);
        Assert.That(() => cursor.GetGetter<double>(scored.Schema["PValue"]), Throws.ArgumentException);
        Assert.That(() => cursor.GetGetter<double>(scored.Schema["Score"]), Throws.InvalidOperationException);
    }

    [Test]
    public void Sparse_vectors_are_rows_with_zeros()
    {
        IDataView sparse = MlRows.Context.Data.LoadFromEnumerable([new Sparse { Features = new VBuffer<float>(3, 1, [2.5f], [1]) }]);
        float[] scores = MlRows.Column<float>(new IadTransformer(s_detector).Transform(sparse), "Score");
        Assert.That(scores, Is.EqualTo(new[] { s_detector.Score([0, 2.5f, 0]) }));
    }

    [Test]
    public void A_prediction_engine_of_a_pipeline_scores_single_rows()
    {
        TransformerChain<IadTransformer> pipeline = MlRows.Context.Transforms.CopyColumns("Copied", "Features")
            .Append(new IadTrainer("Copied", MlRows.Quick)).Fit(s_rows.View);
        float[] expected = MlRows.Column<float>(pipeline.Transform(s_rows.View), "Score");
        using PredictionEngine<Sample, Scored> engine = MlRows.Context.Model.CreatePredictionEngine<Sample, Scored>(pipeline);
        for (int row = 0; row < 20; row++)
        {
            Scored scored = engine.Predict(new Sample { Features = s_rows.Table.Row(row).ToArray(), Id = row });
            Assert.That((scored.Id, scored.Score), Is.EqualTo((row, expected[row])));
        }
    }

    [Test]
    public void Vectors_of_another_size_are_refused() => Assert.That(
        () => new IadTransformer(s_detector).Transform(MlRows.ViewOf([new Sample { Features = [1, 2] }], features: 2)),
        Throws.ArgumentException.With.Message.Contains("vectors of 2 numbers, but the detector was fitted on 3"));

    [Test]
    public void Saving_by_ML_NET_is_refused_with_the_way_that_there_is_and_that_way_works()
    {
        var fitted = new IadTransformer(s_detector);
        using var stream = new MemoryStream();
        Exception refusal = Assert.Catch(() => MlRows.Context.Model.Save(fitted, s_rows.View.Schema, stream))!;
        Assert.That(refusal, Is.TypeOf<NotSupportedException>());
        Assert.That(refusal.Message, Does.Contain("Detector.Save(path)").And.Contain("AnomalyDetector.Load(path)"));

        ITransformer before = MlRows.Context.Transforms.CopyColumns("Copied", "Features").Fit(s_rows.View);
        using var saved = new MemoryStream();
        MlRows.Context.Model.Save(before, s_rows.View.Schema, saved);
        saved.Position = 0;
        var both = new TransformerChain<ITransformer>(
            MlRows.Context.Model.Load(saved, out _), new IadTransformer(SyntheticData.Loaded(s_detector.Saved()), "Copied"));
        Assert.That(MlRows.Column<float>(both.Transform(s_rows.View), "Score"), Is.EqualTo(s_scores));
    }

    private sealed class Counted
    {
        [VectorType(MlRows.Features)]
        public float[] Watched { get; set; } = [];
    }

    private sealed class Sparse
    {
        [VectorType(MlRows.Features)]
        public VBuffer<float> Features { get; set; }
    }
}
