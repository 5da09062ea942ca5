using IadNative.Metrics;

namespace IadNative;

/// <summary>The ROC curve: true over false positive rate for every threshold between distinct scores.</summary>
public static class RocCurve
{
    /// <summary>
    /// The corners of the curve. Samples of equal scores pass a threshold together and give one corner, so that the area under
    /// the straight lines between the corners is <see cref="RocAuc"/>.
    /// </summary>
    /// <param name="scores">The n scores, higher for the more anomalous; none NaN.</param>
    /// <param name="isAnomaly">The n labels, of both kinds.</param>
    /// <returns>From (0, 0), above the highest score, to (1, 1): one corner more than there are distinct scores.</returns>
    /// <exception cref="ArgumentException">A score is NaN, the lengths differ, or one of the classes is empty.</exception>
    public static IReadOnlyList<(double FalsePositiveRate, double TruePositiveRate)> Points(
        ReadOnlySpan<float> scores, ReadOnlySpan<bool> isAnomaly)
    {
        IReadOnlyList<(int Anomalies, int Normal)> counts = ThresholdCounts.Above(scores, isAnomaly);
        (int anomalies, int normal) = counts[^1];
        return [.. counts.Select(count => ((double)count.Normal / normal, (double)count.Anomalies / anomalies))];
    }
}
