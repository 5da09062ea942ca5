namespace IadNative.Metrics;

/// <summary>How many anomalies and normal samples lie above each threshold between distinct scores.</summary>
internal static class ThresholdCounts
{
    /// <summary>Counts from the highest score down.</summary>
    /// <returns>(0, 0) first, then one entry per distinct score: the samples with that score or a higher one.</returns>
    /// <exception cref="ArgumentException">A score is NaN, the lengths differ, or one of the classes is empty.</exception>
    public static IReadOnlyList<(int Anomalies, int Normal)> Above(
        ReadOnlySpan<float> scores, ReadOnlySpan<bool> isAnomaly)
    {
        if (isAnomaly.Length != scores.Length)
        {
            throw new ArgumentException(
                $"{scores.Length} scores need as many labels, not {isAnomaly.Length}.", nameof(isAnomaly));
        }

        int[] order = new int[scores.Length];
        Ranking.Order(scores, order);
        List<(int Anomalies, int Normal)> counts = [(0, 0)];
        int anomalies = 0;
        for (int k = order.Length - 1; k >= 0; k--)
        {
            if (isAnomaly[order[k]]) anomalies++;
            bool last = k == 0 || scores[order[k - 1]] != scores[order[k]];
            if (last) counts.Add((anomalies, order.Length - k - anomalies));
        }

        return anomalies > 0 && anomalies < order.Length
            ? counts
            : throw new ArgumentException("A curve needs at least one anomaly and one normal sample.", nameof(isAnomaly));
    }
}
