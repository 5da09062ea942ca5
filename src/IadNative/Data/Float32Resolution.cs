namespace IadNative.Data;

/// <summary>
/// Whether float32 tells the values of a column apart: times in seconds, long identifiers and large numbers with small noise lie
/// closer together than its steps at their size.
/// </summary>
internal static class Float32Resolution
{
    private const int SampleSize = 64;

    // A step of float32 larger than this share of the middle half of the values loses them.
    private const double CoarsestStep = 1.0 / 4096;

    /// <summary>
    /// Judges by the middle half of up to 64 values, evenly spaced: whether the step of float32 at its quartiles is more than a
    /// 4,096th of its width, and a value is not a float32 number. Where the middle half is one number, whether another becomes that.
    /// </summary>
    /// <param name="values">Cells of a column; those that are not finite do not count.</param>
    public static bool IsTooCoarse(ReadOnlySpan<double> values)
    {
        if (!AreRounded(values)) return false;
        Span<double> sample = stackalloc double[SampleSize];
        int count = 0, step = Math.Max(1, values.Length / SampleSize);
        for (int i = 0; i < values.Length && count < SampleSize; i += step)
        {
            if (double.IsFinite(values[i])) sample[count++] = values[i];
        }

        sample = sample[..count];
        if (count == 0) return true;
        sample.Sort();
        double low = sample[count / 4], high = sample[count - 1 - (count / 4)];
        if (low == high) return Collapse(values, low);
        double magnitude = Math.Max(Math.Abs(low), Math.Abs(high));
        double ulp = MathF.BitIncrement((float)magnitude) - (double)(float)magnitude;
        return !(ulp <= (high - low) * CoarsestStep);
    }

    // Whether float32 makes one number of the middle value and some other one.
    private static bool Collapse(ReadOnlySpan<double> values, double middle)
    {
        foreach (double value in values)
        {
            if (value != middle && (float)value == (float)middle) return true;
        }

        return false;
    }

    // Whether float32 rounds one of the values to another number.
    private static bool AreRounded(ReadOnlySpan<double> values)
    {
        foreach (double value in values)
        {
            if (double.IsFinite(value) && (float)value != value) return true;
        }

        return false;
    }
}
