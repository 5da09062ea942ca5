using System.Diagnostics.Metrics;
using IadNative.Extensions.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace IadNative.Tests.Hosting;

/// <summary>What is counted, under which names and tags.</summary>
[NonParallelizable]
public sealed class MetricsTests
{
    [Test]
    public void Rows_anomalies_bad_input_scores_and_reloads_are_counted_by_detector([Values] bool hasFactory)
    {
        var services = new ServiceCollection();
        if (hasFactory) services.AddMetrics();
        string path = Path.GetTempFileName();
        try
        {
            ServedDetectors.Unclipped.Save(path);
            services.AddAnomalyDetector().FromDetector(ServedDetectors.First);
            services.AddAnomalyDetector("press").FromFile(path, watch: false);
            var counts = new SortedDictionary<string, double>(StringComparer.Ordinal);
            using var listener = new MeterListener();
            listener.InstrumentPublished = (instrument, own) =>
            {
                if (instrument.Meter.Name == AnomalyDetectorMeter.Name) own.EnableMeasurementEvents(instrument);
            };
            listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(counts, instrument, value, tags));
            listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Add(counts, instrument, 1, tags));
            listener.Start();
            using (ServiceProvider built = services.BuildServiceProvider())
            {
                IAnomalyDetectorProvider unnamed = built.GetRequiredService<IAnomalyDetectorProvider>();
                IAnomalyDetectorProvider press = built.GetRequiredKeyedService<IAnomalyDetectorProvider>("press");
                float[] far = new float[6];
                Array.Fill(far, float.MaxValue);
                press.TryScore(far, out DetectorScore tooFar);
                Assert.That(tooFar.Score, Is.EqualTo(float.MaxValue), "which is no number for a sum");
                press.TryScore(ServedDetectors.Row, out DetectorScore row);
                Assert.That(row.IsAnomaly, Is.False);
                press.TryScore([1, 2], out _);
                press.TryScore(new float[6].Select(_ => float.NaN).ToArray(), out _);
                unnamed.TryScore(ServedDetectors.Row, out _);
                unnamed.Replace(ServedDetectors.Second);
                File.WriteAllText(path, "no model");
                Assert.That(press.TryReload(), Is.False);
            }

            Assert.That(counts.Select(count => $"{count.Key}: {count.Value}"), Is.EqualTo(new[]
            {
                "iadnative.anomalies press: 1",
                "iadnative.bad_rows press missing_cell: 1",
                "iadnative.bad_rows press wrong_length: 1",
                "iadnative.failed_reloads press: 1",
                "iadnative.percentile default: 1",
                "iadnative.percentile press: 2",
                "iadnative.reloads default: 2",
                "iadnative.reloads press: 1",
                "iadnative.rows default: 1",
                "iadnative.rows press: 2",
                "iadnative.score default: 1",
                "iadnative.score press: 1",
            }));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void Add(SortedDictionary<string, double> counts, Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string name = instrument.Name;
        foreach (KeyValuePair<string, object?> tag in tags) name += $" {tag.Value}";
        counts[name] = counts.GetValueOrDefault(name) + value;
    }
}
