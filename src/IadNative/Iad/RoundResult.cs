using IadNative.Iad.Termination;

namespace IadNative.Iad;

/// <summary>What a run's scores of one round lead to.</summary>
internal sealed record RoundResult
{
    /// <summary>Why the run cannot go on, as the end of a sentence; null where it can, and then all else is set.</summary>
    public string? Trouble { get; init; }

    /// <summary>Smallest, median and largest score.</summary>
    public ScoreStatistics Scores { get; init; }

    /// <summary>h(t) of Eq. 15; 0 in round 0.</summary>
    public int RankFlips { get; init; }

    /// <summary>How many different scores there are.</summary>
    public int DistinctScores { get; init; }

    /// <summary>Within-class over total variance of the scores cut at Otsu's threshold; 1 when all scores are equal.</summary>
    public double OtsuRatio { get; init; }

    /// <summary>Members that had nothing to say: of a committee, those whose scores are not finite or do not differ.</summary>
    public int NeutralMembers { get; init; }

    /// <summary>Area under the ROC curve; null without labels of both kinds.</summary>
    public double? Auc { get; init; }

    /// <summary>The importance weights that follow.</summary>
    public WeightStatistics NextWeights { get; init; } = WeightStatistics.Ones(null);

    /// <summary>What a termination criterion may know of the round.</summary>
    /// <param name="round">t.</param>
    public RoundFacts Facts(int round) => new(round, RankFlips, OtsuRatio, Scores, DistinctScores);
}
