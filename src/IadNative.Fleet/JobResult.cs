namespace IadNative.Fleet;

/// <summary>How a job ended: with a detector or with a failure, one of which is there.</summary>
public sealed record JobResult
{
    /// <summary>What it is stored under; see <see cref="FleetPlan.KeyOf"/>.</summary>
    public required string Key { get; init; }

    /// <summary>What fitted: version and build, device and vector width. Another engine may give other last bits.</summary>
    public required string Engine { get; init; }

    /// <summary>Wall-clock seconds of the fit.</summary>
    public required double Seconds { get; init; }

    /// <summary>The detector; null where the job failed.</summary>
    public FittedDetector? Detector { get; init; }

    /// <summary>Why it failed; null where there is a detector.</summary>
    public JobFailure? Failure { get; init; }
}

/// <summary>The detector of a job, and what is known of it.</summary>
public sealed record FittedDetector
{
    /// <summary>The bytes of the model file, for <see cref="AnomalyDetector.Load(Stream, string)"/>.</summary>
    public required ReadOnlyMemory<byte> Model { get; init; }

    /// <summary>SHA-256 of <see cref="Model"/>, 64 hexadecimal digits.</summary>
    public required string Digest { get; init; }

    /// <summary>AUC of the round that is kept, 0 to 1; null without labels of both kinds.</summary>
    public double? Auc { get; init; }

    /// <summary>Finished rounds, round 0 included.</summary>
    public required int Rounds { get; init; }

    /// <summary>Scores above it are anomalies.</summary>
    public required float Threshold { get; init; }

    /// <summary>Training rows above it.</summary>
    public required int Flagged { get; init; }

    /// <summary>What a user must know: frozen runs, collapsed scores. Mostly empty.</summary>
    public IReadOnlyList<string> Alarms { get; init; } = [];
}

/// <summary>Why there is no detector.</summary>
/// <param name="Message">What is wrong, and what to do.</param>
/// <param name="Attempts">How often it was tried.</param>
public sealed record JobFailure(string Message, int Attempts);
