using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace IadNative.Extensions.Hosting.Serving;

/// <summary>The place of a detector's current model.</summary>
internal sealed class DetectorSlot : IAnomalyDetectorProvider, IDisposable
{
    private readonly AnomalyDetectorOptions _options;
    private readonly DetectorMetrics _metrics;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly KeyValuePair<string, object?> _tag;
    private readonly Lock _replacing = new();
    private readonly ModelFile? _file;
    private volatile ServedModel? _model;
    private volatile string? _failure;

    private DetectorSlot(string name, AnomalyDetectorOptions options, DetectorMetrics metrics, ILogger logger, TimeProvider time)
    {
        (Name, _options, _metrics, _logger, _time, _tag) = (name, options, metrics, logger, time, DetectorMetrics.TagOf(name));
        if (options.Detector is { } detector) Replace(detector);
        if (options.Path is not null) _file = new ModelFile(this, options, time);
    }

    /// <summary>The slot of a detector that was added to services.</summary>
    /// <exception cref="OptionsValidationException">Its options are at fault.</exception>
    /// <exception cref="ModelFormatException">Its file is no model, and it may not be without.</exception>
    /// <exception cref="IOException">Its file is not there or cannot be read, and it may not be without.</exception>
    public static DetectorSlot Create(IServiceProvider services, string name) => new(
        name, services.GetRequiredService<IOptionsMonitor<AnomalyDetectorOptions>>().Get(name), services.GetRequiredService<DetectorMetrics>(),
        services.GetService<ILogger<IAnomalyDetectorProvider>>() ?? NullLogger<IAnomalyDetectorProvider>.Instance,
        services.GetService<TimeProvider>() ?? TimeProvider.System);

    public string Name { get; }

    // What logs and metrics call it.
    private string Title => (string)_tag.Value!;

    public AnomalyDetector? Current => _model?.Detector;

    public ModelStatus Status => new(_model?.LoadedAt, _failure);

    public bool TryScore(ReadOnlySpan<float> row, out DetectorScore score)
    {
        score = _model?.Score(row) ?? DetectorScore.Refused(ScoreStatus.NoModel);
        _metrics.Record(score, _tag);
        return score.Status == ScoreStatus.Scored;
    }

    public bool TryScore(ReadOnlySpan<double> row, out DetectorScore score)
    {
        score = _model?.Score(row) ?? DetectorScore.Refused(ScoreStatus.NoModel);
        _metrics.Record(score, _tag);
        return score.Status == ScoreStatus.Scored;
    }

    public int TryScore(ReadOnlySpan<float> rows, Span<DetectorScore> scores)
    {
        if (scores.Length == 0 ? rows.Length > 0 : rows.Length % scores.Length != 0)
            throw new ArgumentException($"{rows.Length} numbers are not {scores.Length} rows of one length.", nameof(rows));
        ServedModel? model = _model;
        int scored = 0;
        for (int i = 0, d = rows.Length / Math.Max(1, scores.Length); i < scores.Length; i++)
        {
            scores[i] = model?.Score(rows.Slice(i * d, d)) ?? DetectorScore.Refused(ScoreStatus.NoModel);
            _metrics.Record(scores[i], _tag);
            if (scores[i].Status == ScoreStatus.Scored) scored++;
        }

        return scored;
    }

    public void Replace(AnomalyDetector detector)
    {
        ArgumentNullException.ThrowIfNull(detector);
        Replace(detector, "a model of the program");
    }

    public bool TryReload() => (_file ?? throw new InvalidOperationException(
        $"The anomaly detector '{Title}' has no model file. Give it one by {nameof(AnomalyDetectorBuilder.FromFile)}.")).TryRead();

    public void Dispose() => _file?.Dispose();

    /// <summary>Puts a model in the place of the current one.</summary>
    /// <exception cref="ArgumentException">It has other columns, and may not.</exception>
    internal void Replace(AnomalyDetector detector, string source)
    {
        lock (_replacing)
        {
            if (!_options.AllowOtherColumns && _model is { } model) RequireSameColumns(model.Detector, detector, source);
            _model = new ServedModel(detector, _time.GetUtcNow());
            _failure = null;
        }

        _metrics.RecordReload(_tag);
        Log.Replaced(_logger, Title, source, detector.Features, detector.Threshold);
    }

    /// <summary>The file is what was read of it before.</summary>
    internal void Confirm(string source)
    {
        if (_failure is null) return;
        _failure = null;
        Log.Recovered(_logger, Title, source);
    }

    /// <summary>A reload failed. The same again is told once.</summary>
    internal void Fail(Exception exception)
    {
        if (exception.Message == _failure) return;
        _failure = exception.Message;
        _metrics.RecordFailure(_tag);
        // The message says it all, but where it comes from a place that nobody reckoned with.
        Exception? unforeseen = exception is ModelFormatException or IOException or UnauthorizedAccessException or ArgumentException ? null : exception;
        if (_model is null) Log.NoModel(_logger, Title, exception.Message, unforeseen);
        else Log.ReloadFailed(_logger, Title, exception.Message, unforeseen);
    }

    private static void RequireSameColumns(AnomalyDetector old, AnomalyDetector other, string source)
    {
        if (old.Columns.SequenceEqual(other.Columns) && old.Image == other.Image) return;
        string difference = old.Features != other.Features
            ? $"{other.Features} columns, but the model that serves has {old.Features}"
            : old.Columns.Zip(other.Columns).FirstOrDefault(pair => !pair.First.Equals(pair.Second)) is ({ } first, { } second)
                ? $"the column '{second.Name}' ({second.Kind}) where the model that serves has '{first.Name}' ({first.Kind})"
                : "images of another shape than the model that serves";
        throw new ArgumentException(
            $"{source} has {difference}. Set {nameof(AnomalyDetectorOptions.AllowOtherColumns)} if all callers cope with that.");
    }
}
