using IadNative.Models;

namespace IadNative.Iad;

/// <summary>From anomaly scores to importance weights (Eq. 12–14).</summary>
internal static class ImportanceWeights
{
    /// <summary>
    /// A weight below this is 0: such a sample moves no parameter by a unit in its last place, but its gradients would reach the
    /// subnormal numbers, on which many processors are slow.
    /// </summary>
    public const double Least = 1e-30;

    private const double LargestLogDensity = 500, LeastDistance = 1e-12;

    /// <summary>
    /// w = 1/(1 + exp(α(s − β))) with α = 1/(min(s_med − s_min, s_max − s_med)·τ) and β = s_med. The exponent is formed as
    /// (s − β)/(min·τ) in float64. A weight below <see cref="Least"/> is 0. Where the minimum is 0 or not finite, weights below, at
    /// and above the median are 1, 0.5 and 0.
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
        for (int i = 0; i < scores.Length; i++) weights[i] = Weight(scores[i], median, width, inverseTau);
        return IsRegular(width);
    }

    /// <summary>
    /// The same for another form of the scores, in float64: negative densities q = −exp(min(nll_med − nll, 500)), which is Eq. 8 up to
    /// a positive factor, or logarithms of squared distances q = log max(s, 1e-12); or none, and weights stay 1.
    /// </summary>
    /// <param name="form">The form.</param>
    /// <param name="scores">n anomaly scores.</param>
    /// <param name="order">Their indices by ascending score.</param>
    /// <param name="statistics">Smallest, median and largest of them.</param>
    /// <param name="inverseTau">1/τ.</param>
    /// <param name="weights">Receives n weights.</param>
    /// <returns>False in the degenerate case.</returns>
    public static bool Update(
        WeighedScore form, ReadOnlySpan<float> scores, ReadOnlySpan<int> order, ScoreStatistics statistics, double inverseTau,
        Span<float> weights)
    {
        if (form == WeighedScore.Plain) return Update(scores, statistics, inverseTau, weights);
        if (form == WeighedScore.None)
        {
            weights.Fill(1);
            return true;
        }

        int n = scores.Length;
        double center = statistics.Median;
        double median = (Weighed(scores[order[(n - 1) / 2]]) + Weighed(scores[order[n / 2]])) / 2;
        double width = Math.Min(median - Weighed(statistics.Min), Weighed(statistics.Max) - median);
        for (int i = 0; i < n; i++) weights[i] = Weight(Weighed(scores[i]), median, width, inverseTau);
        return IsRegular(width);

        double Weighed(float score) => form == WeighedScore.Density
            ? -Math.Exp(Math.Min(center - score, LargestLogDensity))
            : Math.Log(Math.Max(score, LeastDistance));
    }

    private static bool IsRegular(double width) => width > 0 && double.IsFinite(width);

    private static float Weight(double score, double median, double width, double inverseTau)
    {
        if (!IsRegular(width)) return score < median ? 1 : score > median ? 0 : 0.5f;
        double weight = 1 / (1 + Math.Exp((score - median) / width * inverseTau));
        return weight < Least ? 0 : (float)weight;
    }
}
