namespace IadNative.Metrics;

/// <summary>The mean and the population standard deviation (divided by N, not N - 1) of some values.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Std">The population standard deviation.</param>
internal readonly record struct MeanStd(double Mean, double Std)
{
    /// <summary>
    /// Computes both in two passes: the mean as an offset from the first value, then the squared deviations from it. Equal
    /// values give exactly their value and 0.
    /// </summary>
    /// <param name="values">At least one value; all finite.</param>
    /// <exception cref="ArgumentException">There is no value, or one is not finite.</exception>
    public static MeanStd Of(ReadOnlySpan<double> values)
    {
        if (values.IsEmpty)
        {
            throw new ArgumentException("Mean and standard deviation need at least one value.", nameof(values));
        }

        double first = values[0];
        double offset = 0;
        for (int i = 0; i < values.Length; i++)
        {
            if (!double.IsFinite(values[i]))
            {
                throw new ArgumentException($"Value {i} is {values[i]}; all values must be finite.", nameof(values));
            }

            offset += values[i] - first;
        }

        double mean = first + offset / values.Length;
        double squares = 0;
        foreach (double value in values)
        {
            squares += (value - mean) * (value - mean);
        }

        return new MeanStd(mean, Math.Sqrt(squares / values.Length));
    }
}
