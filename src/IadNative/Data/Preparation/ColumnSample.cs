namespace IadNative.Data.Preparation;

/// <summary>
/// The finite cells of a column in ascending order: all of them, or for long columns those of evenly spaced rows, from which its order
/// statistics are taken.
/// </summary>
internal sealed class ColumnSample
{
    /// <summary>Rows up to which a sample is the whole column.</summary>
    public const int MostRows = 200_000;

    private readonly double[] _sorted;

    /// <param name="cells">The finite cells; they are sorted, and kept.</param>
    public ColumnSample(double[] cells)
    {
        Array.Sort(cells);
        _sorted = cells;
    }

    /// <summary>Rows that a sample of so many looks at.</summary>
    public static int RowsOf(int rows) => ((rows - 1) / StepOf(rows)) + 1;

    /// <summary>The cells, ascending.</summary>
    public ReadOnlySpan<double> Sorted => _sorted;

    /// <summary>The middle cell, or the mean of the two middle ones; 0 without cells.</summary>
    public double Median => Quantile(0.5);

    /// <summary>
    /// A standard deviation that a few cells cannot move, as a normal distribution's: from the width of the middle half; where that
    /// is 0, of the middle 90%, of the middle 98%; then the root mean square distance from the median. 0 for a constant column.
    /// </summary>
    public double RobustDeviation
    {
        get
        {
            // Widths of the normal distribution in standard deviations.
            foreach ((double tail, double width) in (ReadOnlySpan<(double, double)>)[(0.25, 1.348980), (0.05, 3.289707), (0.01, 4.652696)])
            {
                double spread = (Quantile(1 - tail) - Quantile(tail)) / width;
                if (spread > 0) return spread;
            }

            double median = Median, largest = _sorted.Length == 0 ? 0 : Math.Max(_sorted[^1] - median, median - _sorted[0]);
            if (largest == 0) return 0;
            double squares = 0;
            foreach (double cell in _sorted)
            {
                double share = (cell - median) / largest;
                squares += share * share;
            }

            return largest * Math.Sqrt(squares / _sorted.Length);
        }
    }

    /// <summary>From one row that a sample looks at to the next.</summary>
    public static int StepOf(int rows) => ((rows - 1) / MostRows) + 1;

    // Between the two cells beside position q (n - 1).
    private double Quantile(double q)
    {
        if (_sorted.Length == 0) return 0;
        double position = q * (_sorted.Length - 1);
        int left = (int)position;
        double below = _sorted[left], above = _sorted[Math.Min(left + 1, _sorted.Length - 1)];
        return below + ((above - below) * (position - left));
    }
}
