namespace IadNative.Metrics;

/// <summary>
/// Linearly interpolated quantiles of sorted scores, and their inverse: where a score lies among them.
/// </summary>
internal static class Quantiles
{
    /// <summary>
    /// The quantile at position q (n - 1) of the scores, linearly interpolated between the two beside it; q = 0.5 is the
    /// median, for even n the mean of the two middle scores.
    /// </summary>
    /// <param name="sorted">The n scores, ascending, all finite, at least one.</param>
    /// <param name="q">The fraction, 0..1.</param>
    /// <exception cref="ArgumentException">The scores are not as said.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The fraction is not within 0..1.</exception>
    public static double Linear(ReadOnlySpan<float> sorted, double q)
    {
        SortedScores.Require(sorted);
        if (!(q >= 0 && q <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(q), q, "A quantile's fraction must lie within 0..1.");
        }

        return At(sorted, q * (sorted.Length - 1));
    }

    /// <summary>
    /// Equally spaced quantiles, from the minimum to the maximum: entry i is the quantile of i / (count - 1).
    /// </summary>
    /// <param name="sorted">The scores, ascending, all finite, at least one.</param>
    /// <param name="count">The number of quantiles, at least 2.</param>
    /// <returns>The quantiles, ascending.</returns>
    /// <exception cref="ArgumentException">The scores are not as said.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The count is below 2.</exception>
    public static float[] Grid(ReadOnlySpan<float> sorted, int count)
    {
        SortedScores.Require(sorted);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 2);
        float[] grid = new float[count];
        for (int i = 0; i < count; i++)
        {
            grid[i] = (float)At(sorted, (double)((long)i * (sorted.Length - 1)) / (count - 1));
        }

        return grid;
    }

    /// <summary>
    /// Where a score lies within a grid of quantiles, in percent: 0 below the grid, 100 above it, linearly interpolated
    /// inside. It never falls when the score rises.
    /// </summary>
    /// <remarks>
    /// A score that equals several neighbouring quantiles gets the middle of their positions, as tied ranks get their
    /// average; where all quantiles are equal, that score is at 50.
    /// </remarks>
    /// <param name="grid">At least two finite quantiles, ascending, as of <see cref="Grid"/>; only the ends are checked.</param>
    /// <param name="score">The score; infinities are below and above every grid.</param>
    /// <returns>0..100.</returns>
    /// <exception cref="ArgumentException">The score is NaN, or the grid is not as said.</exception>
    public static double Percentile(ReadOnlySpan<float> grid, float score)
    {
        if (float.IsNaN(score))
        {
            throw new ArgumentException("The score is NaN; it must be a number.", nameof(score));
        }

        if (grid.Length < 2 || !float.IsFinite(grid[0]) || !float.IsFinite(grid[^1]) || grid[0] > grid[^1])
        {
            throw new ArgumentException("The grid must hold at least two finite, ascending quantiles.", nameof(grid));
        }

        if (score < grid[0])
        {
            return 0;
        }

        if (score > grid[^1])
        {
            return 100;
        }

        int below = CountBelow(grid, score);
        double position;
        if (grid[below] == score)
        {
            int last = below;
            while (last + 1 < grid.Length && grid[last + 1] == score)
            {
                last++;
            }

            position = (below + last) / 2.0;
        }
        else
        {
            double left = grid[below - 1];
            position = below - 1 + (score - left) / (grid[below] - left);
        }

        return 100 * position / (grid.Length - 1);
    }

    /// <summary>
    /// The shares of scores below a score, and of those up to it, by a grid of quantiles: linearly interpolated inside, 0 and 1
    /// outside. They differ where several neighbouring quantiles are equal.
    /// </summary>
    /// <param name="grid">Quantiles, ascending, as of <see cref="Grid"/>.</param>
    /// <param name="score">The score, a number.</param>
    public static (double Below, double UpTo) Shares(ReadOnlySpan<float> grid, float score)
    {
        int below = CountBelow(grid, score), last = below;
        if (below == grid.Length) return (1, 1);
        if (score < grid[below])
        {
            if (below == 0) return (0, 0);
            double left = grid[below - 1], share = (below - 1 + ((score - left) / (grid[below] - left))) / (grid.Length - 1);
            return (share, share);
        }

        while (last + 1 < grid.Length && grid[last + 1] == score) last++;
        return ((double)below / (grid.Length - 1), (double)last / (grid.Length - 1));
    }

    /// <summary>The score at a fractional index, in float64, where no difference of two scores overflows.</summary>
    private static double At(ReadOnlySpan<float> sorted, double position)
    {
        int left = (int)position;
        int right = Math.Min(left + 1, sorted.Length - 1);
        double a = sorted[left];
        double b = sorted[right];
        double fraction = position - left;

        // From the nearer end, so that both ends are met exactly.
        return fraction < 0.5 ? a + (b - a) * fraction : b - (b - a) * (1 - fraction);
    }

    /// <summary>
    /// How many of some numbers in ascending order are below a score, by bisection without branches: which half it is, nothing foretells.
    /// </summary>
    public static int CountBelow(ReadOnlySpan<float> sorted, float score)
    {
        int low = 0;
        for (int left = sorted.Length; left > 0;)
        {
            int half = left / 2;
            bool isBelow = sorted[low + half] < score;
            low = isBelow ? low + half + 1 : low;
            left = isBelow ? left - half - 1 : half;
        }

        return low;
    }
}
