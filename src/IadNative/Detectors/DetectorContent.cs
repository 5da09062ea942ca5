using IadNative.Data;
using IadNative.Data.Preparation;
using IadNative.Detectors.Drift;
using IadNative.Metrics;

namespace IadNative.Detectors;

/// <summary>Everything that makes up a detector, in memory and in its file.</summary>
internal sealed record DetectorContent
{
    /// <summary>Number of training-score quantiles that are kept: steps of 0.1%.</summary>
    public const int QuantileCount = 1001;

    /// <summary>The options as used: network and threshold filled in.</summary>
    public required FitOptions Options { get; init; }

    /// <summary>How a row of the table becomes one of features for the networks; it knows the columns.</summary>
    public required RowPreparation Preparation { get; init; }

    /// <summary>Whether the columns have names of their own, rather than x1 ... xd for want of them.</summary>
    public required bool AreFeaturesNamed { get; init; }

    /// <summary>The d columns of the table.</summary>
    public IReadOnlyList<FeatureColumn> Features => [.. Preparation.Columns.Select(column => column.Column)];

    /// <summary>How the d features make up an image; null for tables.</summary>
    public ImageShape? Image { get; init; }

    /// <summary>What is done to images first; null for tables.</summary>
    public ImageNormalizer? Normalizer => ImageNormalizer.Of(Options.Normalization, Image);

    /// <summary>Scales a prepared row, of images a normalised one, on its way into the network.</summary>
    public required FeatureScaler Scaler { get; init; }

    /// <summary>
    /// The networks whose scores are averaged: family by family, of each those of the first round that is kept, then of the second.
    /// </summary>
    public required IReadOnlyList<DetectorMember> Members { get; init; }

    /// <summary>Quantiles 0, 0.1%, … 100% of the training scores.</summary>
    public required float[] Quantiles { get; init; }

    /// <summary>What the normal training rows score; null of a file that did not keep it.</summary>
    public NormalTail? NormalTail { get; init; }

    /// <summary>What the training data were like; null of a file that did not keep it.</summary>
    public TrainingReference? Reference { get; init; }

    /// <summary>Scores above this are labelled anomalous.</summary>
    public required float Threshold { get; init; }

    /// <summary>The round of IAD that the networks come from; of several the last.</summary>
    public required int Round { get; init; }

    /// <summary>The rounds that the networks come from, ascending.</summary>
    public required IReadOnlyList<int> Rounds { get; init; }

    /// <summary>Seed of the run that the networks come from.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Version of the library that fitted the detector.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>Whether the file that it was read from has a checksum, which is right; true where it was read from none.</summary>
    public bool IsChecked { get; init; } = true;

    /// <summary>Threads that one call scores with at most, so that their buffers stay within what the detector may take.</summary>
    public int ScoringThreads { get; init; } = int.MaxValue;
}
