namespace IadNative.Metrics;

/// <summary>
/// Order statistics without a sort: Hoare's selection with the median of three as pivot, expected time linear in n. Where the pivots
/// part badly, what is left is sorted, so that no input costs more than a sort. What comes out depends on the values alone.
/// </summary>
internal static class Selection
{
    private const int Few = 24;

    /// <summary>
    /// Brings the value of rank k, from 0 in ascending order, to place k; what lies before it is not above it, and what lies behind
    /// not below.
    /// </summary>
    /// <param name="values">n values, none NaN; they change places.</param>
    /// <param name="k">0 to n − 1.</param>
    /// <returns>The value.</returns>
    public static float Nth(Span<float> values, int k)
    {
        if ((uint)k >= (uint)values.Length) throw new ArgumentOutOfRangeException(nameof(k), k, $"There are {values.Length} values.");
        int first = 0, last = values.Length - 1;
        for (int budget = 4 * (32 - int.LeadingZeroCount(values.Length)); last - first >= Few && budget > 0; budget--)
        {
            float pivot = MedianOf(values[first], values[first + ((last - first) / 2)], values[last]);
            (int left, int right) = (first, last);
            while (left <= right)
            {
                while (values[left] < pivot) left++;
                while (values[right] > pivot) right--;
                if (left > right) break;
                (values[left], values[right]) = (values[right], values[left]);
                left++;
                right--;
            }

            // Values from right + 1 to left − 1 equal the pivot.
            if (k <= right) last = right;
            else if (k >= left) first = left;
            else return values[k];
        }

        values[first..(last + 1)].Sort();
        return values[k];
    }

    /// <summary>
    /// The values on both sides of a fractional rank: those of ranks ⌊p⌋ and ⌊p⌋ + 1, the same twice at the end.
    /// </summary>
    /// <param name="values">n values, none NaN; they change places.</param>
    /// <param name="position">p, 0 to n − 1.</param>
    public static (float Below, float Above) Around(Span<float> values, double position)
    {
        int left = (int)position;
        float below = Nth(values, left), above = below;
        if (left + 1 < values.Length)
        {
            above = float.PositiveInfinity;
            foreach (float value in values[(left + 1)..]) above = Math.Min(above, value);
        }

        return (below, above);
    }

    private static float MedianOf(float a, float b, float c) => Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c));
}
