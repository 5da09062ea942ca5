namespace IadNative;

/// <summary>How far something has moved since training.</summary>
/// <param name="Statistic">
/// Of scores and numbers D of Kolmogorov and Smirnov, the largest distance of the two distribution functions, 0 to 1; of categories X² of the
/// chi-square test over their levels.
/// </param>
/// <param name="PValue">
/// The probability of such a statistic or a larger one where nothing has moved. Of columns it is that of Holm's procedure (1979), which makes up for there
/// being many.
/// </param>
/// <param name="StabilityIndex">
/// The population stability index Σ (q − p)·ln(q/p) over bins, p the shares of the training rows and q those of the new ones; the bins are tenths of the training
/// rows or levels. Below 0.1 little has moved, from 0.2 on much.
/// </param>
public readonly record struct DriftMeasure(double Statistic, double PValue, double StabilityIndex)
{
    /// <summary>The largest p-value of a drift.</summary>
    public const double Significance = 0.01;

    /// <summary>The smallest stability index of a drift.</summary>
    public const double LeastIndex = 0.2;

    /// <summary>
    /// Whether it has drifted: by more than chance, the p-value being at most 0.01, and by so much that it matters, the stability index being at
    /// least 0.2. Of many rows the least difference is significant, and of few the index is large by chance.
    /// </summary>
    public bool HasDrifted => PValue <= Significance && StabilityIndex >= LeastIndex;
}
