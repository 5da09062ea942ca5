using IadNative.Metrics;

namespace IadNative;

/// <summary>Precision over recall for every threshold between distinct scores.</summary>
public static class PrecisionRecallCurve
{
    /// <summary>The points of the curve; samples of equal scores pass a threshold together.</summary>
    /// <param name="scores">The n scores, higher for the more anomalous; none NaN.</param>
    /// <param name="isAnomaly">The n labels, of both kinds.</param>
    /// <returns>One point per distinct score, from the highest to the lowest, where recall is 1.</returns>
    /// <exception cref="ArgumentException">A score is NaN, the lengths differ, or one of the classes is empty.</exception>
    public static IReadOnlyList<(double Recall, double Precision)> Points(
        ReadOnlySpan<float> scores, ReadOnlySpan<bool> isAnomaly)
    {
        IReadOnlyList<(int Anomalies, int Normal)> counts = ThresholdCounts.Above(scores, isAnomaly);
        int anomalies = counts[^1].Anomalies;
        return
        [
            .. counts.Skip(1).Select(count =>
                ((double)count.Anomalies / anomalies, (double)count.Anomalies / (count.Anomalies + count.Normal))),
        ];
    }

    /// <summary>Σ (R_k − R_k−1)·P_k over the points, R_0 = 0: the area without interpolation between them.</summary>
    /// <param name="points">The curve, from <see cref="Points"/>.</param>
    /// <returns>0..1.</returns>
    public static double AveragePrecision(IReadOnlyList<(double Recall, double Precision)> points)
    {
        ArgumentNullException.ThrowIfNull(points);
        double sum = 0, before = 0;
        foreach ((double recall, double precision) in points)
        {
            sum += (recall - before) * precision;
            before = recall;
        }

        return sum;
    }
}
