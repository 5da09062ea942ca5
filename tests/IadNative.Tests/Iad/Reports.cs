using IadNative.Iad;

namespace IadNative.Tests.Iad;

/// <summary>Round reports that say only what a test is about.</summary>
internal static class Reports
{
    public static RoundReport Round(int round, int flips = 0, double otsu = 1, bool collapsed = false,
        double? auc = null) => new()
    {
        Round = round,
        RankFlips = round == 0 ? null : flips,
        ScoreMin = 0,
        ScoreMedian = 1,
        ScoreMax = 2,
        DistinctScores = 3,
        OtsuRatio = otsu,
        WeightMean = 1,
        WeightMedian = 1,
        Auc = auc,
        Loss = 1,
        DegenerateWeights = false,
        Collapsed = collapsed,
        Seconds = 0,
    };

    public static RunReport Run(int selected, params RoundReport[] rounds) => new()
    {
        Seed = 5,
        UntrainedAuc = null,
        Rounds = rounds,
        SelectedRound = selected,
        SelectedBy = new Dictionary<string, int>(),
        Frozen = false,
    };
}
