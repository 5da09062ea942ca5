using System.Buffers;

namespace IadNative.Metrics;

/// <summary>
/// Otsu's threshold on the square roots of the upper half of the scores. Scores are squared distances, or logarithms of likelihoods whose
/// root above the smallest is like a distance; as they are, the few largest alone decide on the cut. The lower half, whose importance
/// weights are at least one half, is taken for normal as it is.
/// </summary>
internal static class RootOtsu
{
    /// <summary>
    /// Otsu's cut of √(s − s_min) over the ⌈n/2⌉ highest scores. It moves with scores that are shifted or scaled, so that it serves all
    /// models alike. Where these roots are all equal, it is Otsu's cut of all scores.
    /// </summary>
    /// <param name="sorted">The n scores, ascending, all finite, at least one.</param>
    /// <returns>The middle of the scores beside the cut, in float32; where all scores are equal, that score.</returns>
    /// <exception cref="ArgumentException">The scores are not as said.</exception>
    public static float Threshold(ReadOnlySpan<float> sorted)
    {
        SortedScores.Require(sorted);
        int middle = sorted.Length / 2, count = sorted.Length - middle;
        float[] pooled = ArrayPool<float>.Shared.Rent(count);
        try
        {
            Span<float> roots = pooled.AsSpan(0, count);
            for (int i = 0; i < count; i++) roots[i] = (float)Math.Sqrt((double)sorted[middle + i] - sorted[0]);
            if (roots[0] == roots[^1]) return ThresholdRule.Otsu.Set(sorted);
            double cut = Otsu.Threshold(roots, out _);
            int above = 0;
            while (roots[above] <= cut) above++;
            return ThresholdCut.Between(sorted[middle + above - 1], sorted[middle + above]);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(pooled);
        }
    }
}
