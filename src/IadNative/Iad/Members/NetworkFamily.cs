using IadNative.Data;

namespace IadNative.Iad.Members;

/// <summary>Networks of one plan.</summary>
/// <param name="Plan">What they are.</param>
/// <param name="Members">How many there are in a run.</param>
/// <param name="Epochs">Epochs per round.</param>
/// <param name="Data">n × D values, row-major.</param>
/// <param name="Scaler">Scales the D features of a row on their way into a network.</param>
internal sealed record NetworkFamily(ModelPlan Plan, int Members, int Epochs, Numbers<float> Data, FeatureScaler Scaler)
{
    /// <summary>
    /// The places in a row of the features from which each network draws as many as its plan has; null where all see all D.
    /// </summary>
    public int[]? Pool { get; init; }

    /// <summary>Rows that a network trains on at most; null for no limit.</summary>
    public int? MostRows { get; init; }

    /// <summary>Adam's step size; null for that of the training options.</summary>
    public double? LearningRate { get; init; }

    /// <summary>Share in the score.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>Whether importance weights follow its scores.</summary>
    public bool Votes { get; init; } = true;

    /// <summary>What the networks of a run go on from, one entry each; null where all are fresh.</summary>
    public IReadOnlyList<StartingNetwork>? Start { get; init; }

    /// <summary>The features of a row that a network sees, in its order; null for all.</summary>
    /// <param name="key">Seed of the run.</param>
    /// <param name="first">The number within the run of the family's first network.</param>
    /// <param name="index">The network's number within the family.</param>
    public int[]? ColumnsOf(ulong key, int first, int index) =>
        Pool is null ? null : Start is null ? MemberColumns.Draw(key, first + index, Pool, Plan.Training.Features) : Start[index].Columns;
}
