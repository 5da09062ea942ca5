using IadNative.Extensions.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace IadNative.Tests.Hosting;

/// <summary>Rows that cannot be scored are told from anomalies.</summary>
public sealed class TryScoreTests
{
    private static readonly object[][] s_rows =
    [
        [new float[] { 0.5f, 1, 3.25f }, ScoreStatus.Scored, -1],
        [new float[] { 0.5f, 1 }, ScoreStatus.WrongLength, -1],
        [Array.Empty<float>(), ScoreStatus.WrongLength, -1],
        [new float[] { 0.5f, 1, 3.25f, 0 }, ScoreStatus.WrongLength, -1],
        [new float[] { float.NaN, 1, 3.25f }, ScoreStatus.MissingCell, 0],
        [new float[] { 0.5f, float.NaN, 3.25f }, ScoreStatus.MissingCell, 1],
        [new float[] { 0.5f, 1, float.PositiveInfinity }, ScoreStatus.NotFinite, 2],
        [new float[] { float.NegativeInfinity, 7, 3.25f }, ScoreStatus.NotFinite, 0],
        [new float[] { 0.5f, float.PositiveInfinity, 3.25f }, ScoreStatus.NotFinite, 1],
        [new float[] { 0.5f, 2, 3.25f }, ScoreStatus.UnknownLevel, 1],
        [new float[] { 0.5f, -1, 3.25f }, ScoreStatus.UnknownLevel, 1],
        [new float[] { 0.5f, 0.5f, 3.25f }, ScoreStatus.UnknownLevel, 1],
    ];

    [TestCaseSource(nameof(s_rows))]
    public void What_is_wrong_with_a_row_is_said_with_its_column(float[] row, ScoreStatus status, int column)
    {
        AnomalyDetector model = ServedDetectors.WithCategory();
        using ServiceProvider services = Services(model, out IAnomalyDetectorProvider detector);
        Assert.That(detector.TryScore(row, out DetectorScore score), Is.EqualTo(status == ScoreStatus.Scored));
        Check(score, model, row, status, column);
        double[] wide = Array.ConvertAll(row, cell => (double)cell);
        Assert.That(detector.TryScore(wide, out DetectorScore other), Is.EqualTo(status == ScoreStatus.Scored));
        Assert.That(other, Is.EqualTo(score));
        var scores = new DetectorScore[1];
        Assert.That(detector.TryScore(row, scores), Is.EqualTo(status == ScoreStatus.Scored ? 1 : 0));
        Assert.That(scores[0], Is.EqualTo(score));
    }

    [Test]
    public void Where_the_model_fills_missing_cells_they_are_scored_and_told()
    {
        using ServiceProvider services = Services(ServedDetectors.WithCategory(Imputation.Median), out IAnomalyDetectorProvider detector);
        Assert.That(detector.TryScore([float.NaN, 1, 3.25f], out DetectorScore score), Is.True);
        Assert.That(score.Irregularities, Is.EqualTo(RowIrregularities.Missing));
        Assert.That(detector.TryScore([0.5f, float.NaN, 3.5f], out score), Is.True);
        Assert.That(score.Irregularities, Is.EqualTo(RowIrregularities.Missing | RowIrregularities.MovedConstant));
        Assert.That(detector.TryScore([0.5f, 2, float.NaN], out score), Is.False);
        Assert.That(score.Status, Is.EqualTo(ScoreStatus.UnknownLevel));
    }

    [Test]
    public void A_finite_row_that_lies_too_far_out_for_a_number_is_an_anomaly_and_not_bad_input()
    {
        using ServiceProvider services = Services(ServedDetectors.Unclipped, out IAnomalyDetectorProvider detector);
        float[] far = new float[6];
        Array.Fill(far, float.MaxValue);
        Assert.That(detector.TryScore(far, out DetectorScore score), Is.True);
        Assert.That((score.Score, score.IsAnomaly, score.Percentile), Is.EqualTo((float.MaxValue, true, 100.0)));
    }

    [Test]
    public void Several_rows_have_their_own_outcomes_and_must_share_the_numbers_out_evenly()
    {
        using ServiceProvider services = Services(ServedDetectors.First, out IAnomalyDetectorProvider detector);
        var scores = new DetectorScore[3];
        float[] bad = [.. ServedDetectors.Row];
        bad[4] = float.NaN;
        Assert.That(detector.TryScore([.. ServedDetectors.Row, .. bad, .. ServedDetectors.Row], scores), Is.EqualTo(2));
        Assert.That(scores.Select(score => score.Status), Is.EqualTo(new[] { ScoreStatus.Scored, ScoreStatus.MissingCell, ScoreStatus.Scored }));
        Assert.That(scores[2], Is.EqualTo(scores[0]));
        Assert.That(scores[1].Column, Is.EqualTo(4));
        Assert.That(() => detector.TryScore(new float[17], scores), Throws.ArgumentException);
        Assert.That(() => detector.TryScore(new float[1], Array.Empty<DetectorScore>()), Throws.ArgumentException);
        Assert.That(detector.TryScore([], Array.Empty<DetectorScore>()), Is.Zero);
        Assert.That(detector.TryScore(new float[15], scores), Is.Zero);
        Assert.That(scores.Select(score => score.Status), Is.All.EqualTo(ScoreStatus.WrongLength));
    }

    [Test]
    [NonParallelizable]
    public void Neither_a_score_nor_a_refusal_allocates()
    {
        using ServiceProvider services = Services(ServedDetectors.First, out IAnomalyDetectorProvider detector);
        float[] bad = [.. ServedDetectors.Row];
        bad[0] = float.NaN;
        double[] wide = Array.ConvertAll(ServedDetectors.Row, cell => (double)cell);
        using var listener = new System.Diagnostics.Metrics.MeterListener
        {
            InstrumentPublished = (instrument, own) =>
            {
                if (instrument.Meter.Name == AnomalyDetectorMeter.Name) own.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, _, _, _) => { });
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => { });
        listener.Start();
        var scores = new DetectorScore[2];
        float[] both = [.. ServedDetectors.Row, .. bad];
        Assert.That(Allocations.Of(() =>
        {
            detector.TryScore(both, scores);
            detector.TryScore(ServedDetectors.Row, out _);
            detector.TryScore(wide, out _);
            detector.TryScore(bad, out _);
        }), Is.Zero);
    }

    private static void Check(DetectorScore score, AnomalyDetector model, float[] row, ScoreStatus status, int column)
    {
        Assert.That((score.Status, score.Column), Is.EqualTo((status, column)));
        if (status != ScoreStatus.Scored)
        {
            Assert.That((score.Score, score.Percentile, score.IsAnomaly), Is.EqualTo((float.NaN, double.NaN, false)));
            return;
        }

        float expected = model.Score(row);
        Assert.That((score.Score, score.Percentile, score.IsAnomaly), Is.EqualTo((expected, model.Percentile(expected), model.IsAnomaly(expected))));
        Assert.That(score.Irregularities, Is.EqualTo(RowIrregularities.None));
    }

    private static ServiceProvider Services(AnomalyDetector model, out IAnomalyDetectorProvider detector)
    {
        var services = new ServiceCollection();
        services.AddAnomalyDetector("one").FromDetector(model);
        ServiceProvider built = services.BuildServiceProvider();
        detector = built.GetRequiredKeyedService<IAnomalyDetectorProvider>("one");
        return built;
    }
}
