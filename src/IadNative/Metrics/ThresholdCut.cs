namespace IadNative.Metrics;

/// <summary>
/// Thresholds that flag a wanted number of the highest scores. Equal scores are flagged together or not at all: where the wanted
/// number would part a run of equal scores, the cut goes to the nearest end of a run instead, to that which flags fewer where two are
/// as near. The lowest run is never flagged and, unless all scores are equal, the highest always is.
/// </summary>
internal static class ThresholdCut
{
    /// <summary>The threshold above which about as many scores lie as are wanted.</summary>
    /// <param name="sorted">The n scores, ascending, all finite, at least one.</param>
    /// <param name="wanted">How many to flag.</param>
    /// <returns>The middle between the scores beside the cut; where all are equal, that score, above which there is none.</returns>
    /// <exception cref="ArgumentException">The scores are not as said.</exception>
    public static float Highest(ReadOnlySpan<float> sorted, int wanted)
    {
        SortedScores.Require(sorted);
        int count = sorted.Length - Nearest(sorted, sorted.Length - wanted);
        return count == 0 ? sorted[^1] : Between(sorted[^(count + 1)], sorted[^count]);
    }

    /// <summary>
    /// The quantile at position q (n − 1), linearly interpolated, as long as the two scores beside it differ; otherwise it is
    /// within a run, and the threshold is that of <see cref="Highest"/> for the scores from the upper one on.
    /// </summary>
    /// <param name="sorted">The n scores, ascending, all finite, at least one.</param>
    /// <param name="q">The fraction, within (0, 1).</param>
    /// <exception cref="ArgumentException">The scores are not as said.</exception>
    public static float Quantile(ReadOnlySpan<float> sorted, double q)
    {
        double quantile = Quantiles.Linear(sorted, q);
        int left = Math.Min((int)(q * (sorted.Length - 1)), sorted.Length - 2);
        return left >= 0 && sorted[left] < sorted[left + 1]
            ? Below(quantile, sorted[left], sorted[left + 1])
            : Highest(sorted, sorted.Length - 1 - left);
    }

    /// <summary>The middle of two neighbouring scores in float32: at least the lower one and below the upper one.</summary>
    public static float Between(float low, float high) => Below(((double)low + high) / 2, low, high);

    // Rounding must not lift a cut to the score above it.
    private static float Below(double cut, float low, float high)
    {
        float rounded = (float)cut;
        return Math.Max(low, rounded < high ? rounded : float.BitDecrement(high));
    }

    /// <summary>The place k from 1 to n − 1 with sorted[k − 1] &lt; sorted[k] that is nearest, n where there is none.</summary>
    private static int Nearest(ReadOnlySpan<float> sorted, int place)
    {
        int n = sorted.Length;
        place = Math.Clamp(place, 1, Math.Max(1, n - 1));
        for (int distance = 0; distance < n; distance++)
        {
            if (IsCut(sorted, place + distance)) return place + distance;
            if (IsCut(sorted, place - distance)) return place - distance;
        }

        return n;
    }

    private static bool IsCut(ReadOnlySpan<float> sorted, int place) =>
        place >= 1 && place < sorted.Length && sorted[place - 1] < sorted[place];
}
