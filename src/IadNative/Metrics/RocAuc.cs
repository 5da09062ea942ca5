using System.Buffers;
using IadNative.Metrics;

namespace IadNative;

/// <summary>
/// The area under the ROC curve, as a fraction: the probability that a random anomaly scores higher than a random normal
/// sample, where equal scores count one half.
/// </summary>
/// <remarks>
/// With a anomalies, b normal samples and average ranks for ties, the area is (R - a(a + 1)/2) / (a b), R the sum of the
/// anomalies' ranks. Ranks are doubled, so that average ranks are integers and the only rounding is the last division's.
/// </remarks>
public static class RocAuc
{
    /// <summary>Computes the area.</summary>
    /// <param name="scores">The n scores, higher for the more anomalous; none NaN.</param>
    /// <param name="isAnomaly">The n labels.</param>
    /// <returns>0..1.</returns>
    /// <exception cref="ArgumentException">A score is NaN, the lengths differ, or one of the classes is empty.</exception>
    public static double Compute(ReadOnlySpan<float> scores, ReadOnlySpan<bool> isAnomaly) =>
        TryCompute(scores, isAnomaly, out double auc) ? auc : throw ClassMissing(nameof(isAnomaly));

    /// <summary>Computes the area from an order that is already there.</summary>
    /// <param name="scores">The n scores, higher for the more anomalous; none NaN.</param>
    /// <param name="isAnomaly">The n labels.</param>
    /// <param name="ascendingOrder">The scores' order, from <see cref="Ranking.Order"/>.</param>
    /// <returns>0..1.</returns>
    /// <exception cref="ArgumentException">
    /// A score is NaN, the lengths differ, the order is not that of the scores, or one of the classes is empty.
    /// </exception>
    public static double Compute(
        ReadOnlySpan<float> scores, ReadOnlySpan<bool> isAnomaly, ReadOnlySpan<int> ascendingOrder) =>
        TryCompute(scores, isAnomaly, ascendingOrder, out double auc) ? auc : throw ClassMissing(nameof(isAnomaly));

    /// <summary>Computes the area unless one of the classes is empty.</summary>
    /// <param name="scores">The n scores, higher for the more anomalous; none NaN.</param>
    /// <param name="isAnomaly">The n labels.</param>
    /// <param name="auc">The area, or NaN when one of the classes is empty.</param>
    /// <returns>Whether there is an area.</returns>
    /// <exception cref="ArgumentException">A score is NaN, or the lengths differ.</exception>
    public static bool TryCompute(ReadOnlySpan<float> scores, ReadOnlySpan<bool> isAnomaly, out double auc)
    {
        int[] pooled = ArrayPool<int>.Shared.Rent(scores.Length);
        try
        {
            Span<int> order = pooled.AsSpan(0, scores.Length);
            Ranking.Order(scores, order);
            return TryCompute(scores, isAnomaly, order, out auc);
        }
        finally
        {
            ArrayPool<int>.Shared.Return(pooled);
        }
    }

    /// <summary>Computes the area from an order that is already there, unless one of the classes is empty.</summary>
    /// <param name="scores">The n scores, higher for the more anomalous; none NaN.</param>
    /// <param name="isAnomaly">The n labels.</param>
    /// <param name="ascendingOrder">The scores' order, from <see cref="Ranking.Order"/>.</param>
    /// <param name="auc">The area, or NaN when one of the classes is empty.</param>
    /// <returns>Whether there is an area.</returns>
    /// <exception cref="ArgumentException">
    /// A score is NaN, the lengths differ, or the order is not that of the scores.
    /// </exception>
    public static bool TryCompute(
        ReadOnlySpan<float> scores, ReadOnlySpan<bool> isAnomaly, ReadOnlySpan<int> ascendingOrder, out double auc)
    {
        if (isAnomaly.Length != scores.Length)
        {
            throw new ArgumentException(
                $"{scores.Length} scores need as many labels, not {isAnomaly.Length}.", nameof(isAnomaly));
        }

        Ranking.RequireOrder(scores, ascendingOrder);
        long anomalies = 0;
        long doubledRanks = 0;
        for (int start = 0, end; start < ascendingOrder.Length; start = end)
        {
            float score = scores[ascendingOrder[start]];
            long tiedAnomalies = 0;
            for (end = start; end < ascendingOrder.Length && scores[ascendingOrder[end]] == score; end++)
            {
                tiedAnomalies += isAnomaly[ascendingOrder[end]] ? 1 : 0;
            }

            // Ranks start + 1 to end are tied; twice their average is start + 1 + end.
            doubledRanks += tiedAnomalies * ((long)start + 1 + end);
            anomalies += tiedAnomalies;
        }

        long normal = scores.Length - anomalies;
        bool defined = anomalies > 0 && normal > 0;
        auc = defined ? (doubledRanks - anomalies * (anomalies + 1)) / (2.0 * anomalies * normal) : double.NaN;
        return defined;
    }

    private static ArgumentException ClassMissing(string parameter) =>
        new("An AUC needs at least one anomaly and one normal sample among the labels.", parameter);
}
