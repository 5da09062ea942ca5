using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace IadNative.Extensions.Hosting.Serving;

/// <summary>The instruments, which all detectors of a program share. Recording allocates nothing.</summary>
internal sealed class DetectorMetrics : IDisposable
{
    // 1, 2, 5 of each power of ten: scales of scores differ by model.
    private static readonly double[] s_scores =
        [0, .. Enumerable.Range(-3, 7).SelectMany(power => (double[])[1, 2, 5], (power, digit) => digit * Math.Pow(10, power))];

    private static readonly double[] s_percentiles = [1, 5, 10, 25, 50, 75, 90, 95, 99, 99.9];

    private static readonly string[] s_reasons = ["no_model", "", "wrong_length", "missing_cell", "not_finite", "unknown_level"];

    private readonly Meter? _own;
    private readonly Counter<long> _rows, _anomalies, _badRows, _reloads, _failedReloads;
    private readonly Histogram<double> _scores, _percentiles;

    /// <summary>With the program's factory of meters; where it has none, with a meter of its own.</summary>
    public DetectorMetrics(IServiceProvider services)
    {
        Meter meter = services.GetService<IMeterFactory>() is { } factory
            ? factory.Create(AnomalyDetectorMeter.Name)
            : _own = new Meter(AnomalyDetectorMeter.Name);
        _rows = meter.CreateCounter<long>(AnomalyDetectorMeter.Rows, "{row}", "Rows that were scored.");
        _anomalies = meter.CreateCounter<long>(AnomalyDetectorMeter.Anomalies, "{row}", "Rows whose score lies above the threshold.");
        _badRows = meter.CreateCounter<long>(AnomalyDetectorMeter.BadRows, "{row}", "Rows that could not be scored.");
        _reloads = meter.CreateCounter<long>(AnomalyDetectorMeter.Reloads, "{model}", "Models that took the place of another, or of none.");
        _failedReloads = meter.CreateCounter<long>(AnomalyDetectorMeter.FailedReloads, "{model}", "Models that could not be loaded.");
        _scores = meter.CreateHistogram(
            AnomalyDetectorMeter.Scores, null, "Scores.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = s_scores });
        _percentiles = meter.CreateHistogram(AnomalyDetectorMeter.Percentiles, "%", "Percentiles of scores among those of training.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = s_percentiles });
    }

    public static KeyValuePair<string, object?> TagOf(string name) => new(AnomalyDetectorMeter.DetectorTag, name.Length == 0 ? "default" : name);

    public void Record(in DetectorScore score, in KeyValuePair<string, object?> detector)
    {
        if (score.Status != ScoreStatus.Scored)
        {
            _badRows.Add(1, detector, new KeyValuePair<string, object?>(AnomalyDetectorMeter.ReasonTag, s_reasons[(int)score.Status]));
            return;
        }

        _rows.Add(1, detector);
        if (score.IsAnomaly) _anomalies.Add(1, detector);
        // What is no number but a sign of one too large would drown the sum of all others.
        if (score.Score < float.MaxValue) _scores.Record(score.Score, detector);
        _percentiles.Record(score.Percentile, detector);
    }

    public void RecordReload(in KeyValuePair<string, object?> detector) => _reloads.Add(1, detector);

    public void RecordFailure(in KeyValuePair<string, object?> detector) => _failedReloads.Add(1, detector);

    public void Dispose() => _own?.Dispose();
}
