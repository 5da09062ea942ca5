using IadNative.Data;

namespace IadNative.Detectors;

/// <summary>What a detector says of itself, without its networks.</summary>
internal sealed record DetectorDescription
{
    /// <summary>How it was fitted.</summary>
    public required FitOptions Options { get; init; }

    /// <summary>The columns of a row.</summary>
    public required IReadOnlyList<FeatureColumn> Columns { get; init; }

    /// <summary>How they make up an image; null for tables.</summary>
    public ImageShape? Image { get; init; }

    /// <summary>Networks whose scores are averaged.</summary>
    public required int Members { get; init; }

    /// <summary>Scores above this are labelled anomalous.</summary>
    public required float Threshold { get; init; }

    /// <summary>The round that the networks come from; of several the last.</summary>
    public required int Round { get; init; }

    /// <summary>Seed of the run that the networks come from.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Version of the library that fitted it.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>That of a detector at hand.</summary>
    public static DetectorDescription Of(AnomalyDetector detector) => new()
    {
        Options = detector.Options,
        Columns = detector.Columns,
        Image = detector.Image,
        Members = detector.Members,
        Threshold = detector.Threshold,
        Round = detector.Round,
        Seed = detector.Seed,
        CreatedBy = detector.CreatedBy,
    };
}
