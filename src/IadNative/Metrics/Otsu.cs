using System.Buffers;

namespace IadNative.Metrics;

/// <summary>
/// Otsu's threshold without a histogram: of all cuts between neighbouring distinct scores, the one with the smallest
/// sum of squared deviations from the means of its two classes.
/// </summary>
internal static class Otsu
{
    /// <summary>Finds the cut.</summary>
    /// <remarks>
    /// The squared deviations of the k lowest and of the n - k highest scores are built up by one running pass from each
    /// end (Welford), in float64, on scores shifted by the middle one. All terms are positive, so that nothing cancels,
    /// however far apart the scores lie or however far from zero. Of equally good cuts the lowest counts.
    /// </remarks>
    /// <param name="sorted">The n scores, ascending, all finite, at least one.</param>
    /// <param name="withinOverTotal">
    /// The within-class over the total variance at the cut, 0..1; 1 when all scores are equal.
    /// </param>
    /// <returns>
    /// The middle between the two scores at the cut: a score above it is an anomaly, which must be compared in float64.
    /// When all scores are equal, that score.
    /// </returns>
    /// <exception cref="ArgumentException">The scores are not as said.</exception>
    public static double Threshold(ReadOnlySpan<float> sorted, out double withinOverTotal)
    {
        SortedScores.Require(sorted);
        withinOverTotal = 1;
        double threshold = sorted[0];
        if (sorted[0] == sorted[^1])
        {
            return threshold;
        }

        double[] pooled = ArrayPool<double>.Shared.Rent(sorted.Length);
        try
        {
            // low[k]: the squared deviations of scores 0..k.
            Span<double> low = pooled.AsSpan(0, sorted.Length);
            double shift = sorted[sorted.Length / 2];
            Deviations lowest = default;
            for (int k = 0; k < sorted.Length; k++)
            {
                lowest.Add(sorted[k] - shift);
                low[k] = lowest.Squares;
            }

            double best = double.PositiveInfinity;
            Deviations highest = default;
            for (int k = sorted.Length - 1; k > 0; k--)
            {
                highest.Add(sorted[k] - shift);
                double within = low[k - 1] + highest.Squares;
                if (sorted[k - 1] < sorted[k] && within <= best)
                {
                    best = within;
                    threshold = ((double)sorted[k - 1] + sorted[k]) / 2;
                }
            }

            withinOverTotal = Math.Min(1, best / lowest.Squares);
            return threshold;
        }
        finally
        {
            ArrayPool<double>.Shared.Return(pooled);
        }
    }

    /// <summary>The running mean of some values and the sum of their squared deviations from it.</summary>
    private struct Deviations
    {
        private double _mean;
        private int _count;

        public double Squares { get; private set; }

        public void Add(double value)
        {
            double before = value - _mean;
            _mean += before / ++_count;
            Squares += before * (value - _mean);
        }
    }
}
