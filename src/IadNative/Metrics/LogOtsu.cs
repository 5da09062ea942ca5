using System.Buffers;

namespace IadNative.Metrics;

/// <summary>
/// Otsu's threshold on a logarithm of the upper half of the scores. Anomaly scores are skewed: on the scores themselves the few largest
/// alone decide on the cut. The lower half, whose importance weights are at least one half, is taken for normal as it is.
/// </summary>
internal static class LogOtsu
{
    /// <summary>
    /// Otsu's cut of z = log(1 + (s − s_min)/(s_med − s_min)) over the ⌈n/2⌉ highest scores, s_med the score at place ⌊n/2⌋ from 0; with
    /// s_max in place of s_med where that equals s_min. It moves with the scores where they are shifted or scaled, so that it serves
    /// squared distances and log-likelihoods alike. Where z tells none of these apart, it is Otsu's cut of all scores.
    /// </summary>
    /// <param name="sorted">The n scores, ascending, all finite, at least one.</param>
    /// <returns>The middle of the scores beside the cut, in float32; where all scores are equal, that score.</returns>
    /// <exception cref="ArgumentException">The scores are not as said.</exception>
    public static float Threshold(ReadOnlySpan<float> sorted)
    {
        SortedScores.Require(sorted);
        int middle = sorted.Length / 2, count = sorted.Length - middle;
        double low = sorted[0], width = (sorted[middle] > low ? sorted[middle] : sorted[^1]) - low;
        float[] pooled = ArrayPool<float>.Shared.Rent(count);
        try
        {
            Span<float> z = pooled.AsSpan(0, count);
            for (int i = 0; i < count; i++) z[i] = (float)Math.Log(1 + (width > 0 ? (sorted[middle + i] - low) / width : 0));
            if (z[0] == z[^1]) return ThresholdRule.Otsu.Set(sorted);
            double cut = Otsu.Threshold(z, out _);
            int above = middle;
            while (z[above - middle] <= cut) above++;
            return ThresholdCut.Between(sorted[above - 1], sorted[above]);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(pooled);
        }
    }
}
