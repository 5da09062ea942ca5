using IadNative.Iad;
using IadNative.Iad.Termination;

namespace IadNative;

/// <summary>What is known of one finished round of one run. Labels enter the fields that say so and nothing else.</summary>
public sealed record RoundReport
{
    /// <summary>t, from 0 (the base model) to T.</summary>
    public required int Round { get; init; }

    /// <summary>h(t) of Eq. 15: samples that crossed the middle rank since round t − 1; null in round 0.</summary>
    public required int? RankFlips { get; init; }

    /// <summary>Smallest anomaly score of the n samples.</summary>
    public required float ScoreMin { get; init; }

    /// <summary>Median anomaly score (mean of the two middle ones for even n).</summary>
    public required double ScoreMedian { get; init; }

    /// <summary>Largest anomaly score of the n samples.</summary>
    public required float ScoreMax { get; init; }

    /// <summary>How many different scores the n samples have; a collapsed network gives few.</summary>
    public required int DistinctScores { get; init; }

    /// <summary>Within-class over total variance of the scores cut at Otsu's threshold; 1 when all scores are equal.</summary>
    public required double OtsuRatio { get; init; }

    /// <summary>
    /// Networks that had no say in the round: with <see cref="MemberScale.Quartiles"/>, those that failed, or whose scores are not
    /// finite or do not differ.
    /// </summary>
    public int NeutralMembers { get; init; }

    /// <summary>Mean of the importance weights that this round trained with.</summary>
    public required double WeightMean { get; init; }

    /// <summary>Median of the importance weights that this round trained with.</summary>
    public required double WeightMedian { get; init; }

    /// <summary>Mean importance weight of the samples labelled normal; null without labels.</summary>
    public double? NormalWeightMean { get; init; }

    /// <summary>Median importance weight of the samples labelled normal; null without labels.</summary>
    public double? NormalWeightMedian { get; init; }

    /// <summary>Mean importance weight of the samples labelled anomalous; null without labels.</summary>
    public double? AnomalyWeightMean { get; init; }

    /// <summary>Median importance weight of the samples labelled anomalous; null without labels.</summary>
    public double? AnomalyWeightMedian { get; init; }

    /// <summary>Area under the ROC curve on the training data, as a fraction; null without labels of both kinds.</summary>
    public double? Auc { get; init; }

    /// <summary>Mean weighted loss per sample over the last epoch, averaged over the members; NaN where a member tells none.</summary>
    public required double Loss { get; init; }

    /// <summary>
    /// True when this round's weights could not follow Eq. 12–14, because the median of the scores before it met
    /// their minimum or maximum; they are then 1, 0.5 and 0 below, at and above the median.
    /// </summary>
    public required bool DegenerateWeights { get; init; }

    /// <summary>True when the scores are nearly all alike: fewer than max(2, n/100) distinct ones, or almost no spread.</summary>
    public required bool Collapsed { get; init; }

    /// <summary>Wall-clock seconds of the round, shared by all runs that train side by side.</summary>
    public required double Seconds { get; init; }

    /// <summary>What a termination criterion may know of the round.</summary>
    internal RoundFacts Facts =>
        new(Round, RankFlips ?? 0, OtsuRatio, new ScoreStatistics(ScoreMin, ScoreMedian, ScoreMax), DistinctScores);
}
