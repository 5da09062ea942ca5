namespace IadNative.Iad;

/// <summary>From anomaly scores to importance weights (Eq. 12–14).</summary>
public static class ImportanceWeights
{
    private const double LargestExponent = 80;

    /// <summary>
    /// w = 1/(1 + exp(α(s − β))) with α = 1/(min(s_med − s_min, s_max − s_med)·τ) and β = s_med. The exponent is formed as
    /// (s − β)/(min·τ) in float64 and clipped to ±80. Where the minimum is 0 or not finite, weights below, at and above the
    /// median are 1, 0.5 and 0.
    /// </summary>
    /// <param name="scores">n anomaly scores.</param>
    /// <param name="statistics">Smallest, median and largest of them.</param>
    /// <param name="inverseTau">1/τ.</param>
    /// <param name="weights">Receives n weights.</param>
    /// <returns>False in the degenerate case.</returns>
    public static bool Update(
        ReadOnlySpan<float> scores, ScoreStatistics statistics, double inverseTau, Span<float> weights)
    {
        double median = statistics.Median;
        double width = Math.Min(median - statistics.Min, statistics.Max - median);
        bool regular = width > 0 && double.IsFinite(width);
        for (int i = 0; i < scores.Length; i++)
        {
            weights[i] = regular
                ? (float)(1 / (1 + Math.Exp(Math.Clamp((scores[i] - median) / width * inverseTau, -LargestExponent, LargestExponent))))
                : scores[i] < median ? 1 : scores[i] > median ? 0 : 0.5f;
        }

        return regular;
    }
}
