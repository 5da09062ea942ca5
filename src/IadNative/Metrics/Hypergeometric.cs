namespace IadNative.Metrics;

/// <summary>The exact test of whether two samples have a mark equally often (Fisher, 1935), for marks too rare for <see cref="ChiSquare"/>.</summary>
internal static class Hypergeometric
{
    private const double Negligible = 1e-17;

    /// <summary>
    /// The probability that chance shares a + b marks out to n and m rows as unequally as this, twice that of the nearer end, 1 at most.
    /// </summary>
    /// <param name="n">Rows of the first sample.</param>
    /// <param name="m">Rows of the second.</param>
    /// <param name="a">Marked rows of the first.</param>
    /// <param name="b">Marked rows of the second.</param>
    public static double PValue(double n, double m, double a, double b)
    {
        double point = Math.Exp(
            LogChoose(n, a) + LogChoose(m, b) - LogChoose(n + m, a + b));
        double upper = point, lower = point, term = point;

        // From x marks in the second sample to x + 1 and to x − 1.
        for (double x = b; x < Math.Min(m, a + b) && term > upper * Negligible; x++)
            upper += term *= (m - x) * (a + b - x) / ((x + 1) * (n - (a + b) + x + 1));
        term = point;
        for (double x = b; x > Math.Max(0, a + b - n) && term > lower * Negligible; x--)
            lower += term *= x * (n - (a + b) + x) / ((m - x + 1) * (a + b - x + 1));
        return Math.Min(1, 2 * Math.Min(upper, lower));
    }

    private static double LogChoose(double n, double k) =>
        ChiSquare.LogGamma(n + 1) - ChiSquare.LogGamma(k + 1) - ChiSquare.LogGamma(n - k + 1);
}
