namespace IadNative.Iad.Termination;

/// <summary>What a termination criterion may know of a finished round: nothing that needs labels.</summary>
/// <param name="Round">t.</param>
/// <param name="RankFlips">h(t) of Eq. 15; 0 in round 0.</param>
/// <param name="OtsuRatio">Within-class over total variance of the scores cut at Otsu's threshold.</param>
/// <param name="Scores">Smallest, median and largest score.</param>
/// <param name="DistinctScores">How many different scores there are.</param>
internal readonly record struct RoundFacts(
    int Round, int RankFlips, double OtsuRatio, ScoreStatistics Scores, int DistinctScores);
