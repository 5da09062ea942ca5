using IadNative.Detectors;
using IadNative.Iad;

namespace IadNative;

/// <summary>A fitted detector and everything that was measured on the way.</summary>
public sealed record FitResult
{
    /// <summary>The detector of the first run (seed S): the network of its selected round.</summary>
    public required AnomalyDetector Detector { get; init; }

    /// <summary>
    /// The scores of the training data in the detector's round, as the device that trained computed them, so that nothing needs
    /// to be scored again; the detector's own scores may differ from them in their last digits. Null where the device failed
    /// before the end.
    /// </summary>
    public IReadOnlyList<float>? TrainingScores { get; init; }

    /// <summary>The detector's own scores of the n training samples.</summary>
    public required IReadOnlyList<float> DetectorScores { get; init; }

    /// <summary>The training samples as the networks see them before their own scaler.</summary>
    internal Dataset? Prepared { get; init; }

    /// <summary>The options as they were used, with the network filled in.</summary>
    public required FitOptions Options { get; init; }

    /// <summary>One report per seed.</summary>
    public required IReadOnlyList<RunReport> Runs { get; init; }

    /// <summary>What a user must know: frozen runs, collapsed scores, controls that are better. Empty when all went well.</summary>
    public required IReadOnlyList<Alarm> Alarms { get; init; }

    /// <summary>What the columns of the table are like; empty for images.</summary>
    public required IReadOnlyList<ColumnReport> Columns { get; init; }

    /// <summary>What a user should know of the data, a sentence or two each. Empty when there is nothing.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>AUC of the untrained networks, the control beside every other AUC; null without labels of both kinds.</summary>
    public required AucSummary? Untrained { get; init; }

    /// <summary>AUC of round 0, trained with all weights 1; null without labels of both kinds.</summary>
    public required AucSummary? Base { get; init; }

    /// <summary>AUC of the rounds that the termination criterion selected; null without labels of both kinds.</summary>
    public required AucSummary? Iad { get; init; }

    /// <summary>AUC of each run's best round, chosen with labels, for reporting only; null without labels of both kinds.</summary>
    public required AucSummary? IadBest { get; init; }

    /// <summary>What scores that took no learning say of the training data beside those of <see cref="Detector"/>.</summary>
    public IReadOnlyList<ControlReport> Controls { get; init; } = [];

    /// <summary>How well the threshold of <see cref="Detector"/> does on the training data; null without labels of both kinds.</summary>
    public ThresholdQuality? AtThreshold { get; init; }

    /// <summary>Name of the device and the instruction-set path that trained.</summary>
    public required string Device { get; init; }

    /// <summary>Wall-clock seconds of the whole fit.</summary>
    public required double Seconds { get; init; }
}
