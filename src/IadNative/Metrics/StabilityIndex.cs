namespace IadNative.Metrics;

/// <summary>The population stability index of two samples in bins.</summary>
internal static class StabilityIndex
{
    /// <summary>
    /// Σ (q − p)·ln(q/p) over the bins, p and q the shares of the two samples; each has one row more, spread as both together are, so
    /// that an empty bin has a logarithm.
    /// </summary>
    /// <param name="first">Rows of the first sample in each bin.</param>
    /// <param name="second">Rows of the second.</param>
    public static double Of(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        double n = 0, m = 0, sum = 0;
        for (int bin = 0; bin < first.Length; bin++) (n, m) = (n + first[bin], m + second[bin]);
        for (int bin = 0; bin < first.Length; bin++)
        {
            double both = (first[bin] + second[bin]) / (n + m);
            if (both == 0) continue;
            double p = (first[bin] + both) / (n + 1), q = (second[bin] + both) / (m + 1);
            sum += (q - p) * Math.Log(q / p);
        }

        return sum;
    }
}
