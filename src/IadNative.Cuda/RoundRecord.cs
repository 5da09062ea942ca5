using System.Runtime.InteropServices;
using IadNative.Iad;

namespace IadNative.Cuda;

/// <summary>What the device tells of a run after a round, field for field as in kernels/round_record.cuh.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RoundRecord
{
    public ulong DoubledRanks;
    public double Median, Center, Width, WeightMean, WeightMedian, NormalWeightMean, AnomalyWeightMean, NormalWeightMedian,
        AnomalyWeightMedian, OtsuRatio;
    public float Minimum, Maximum;
    public int IsFinite, IsDegenerate, Flips, Distinct, Anomalies;

    /// <summary>What it says of a run whose scores are all finite.</summary>
    public readonly RoundResult ToResult(RoundSpec spec) => new()
    {
        Scores = new ScoreStatistics(Minimum, Median, Maximum),
        RankFlips = Flips,
        DistinctScores = Distinct,
        OtsuRatio = OtsuRatio,
        Auc = Auc(spec.Samples),
        NextWeights = new WeightStatistics(
            WeightMean, WeightMedian,
            spec.Labels is null ? null : new LabelledWeights(NormalWeightMean, NormalWeightMedian, AnomalyWeightMean, AnomalyWeightMedian),
            IsDegenerate != 0),
    };

    private readonly double? Auc(int samples)
    {
        long anomalies = Anomalies, normal = samples - anomalies;
        return anomalies > 0 && normal > 0
            ? ((long)DoubledRanks - (anomalies * (anomalies + 1))) / (2.0 * anomalies * normal)
            : null;
    }
}
