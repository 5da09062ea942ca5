namespace IadNative.Metrics;

/// <summary>The two-sample test of Kolmogorov and Smirnov.</summary>
internal static class KolmogorovSmirnov
{
    // Where the two series for the distribution are equally quick; a term is then below 1e-16 after four.
    private const double Middle = 1.18;
    private const int Terms = 20;

    /// <summary>
    /// The probability that two samples of one continuous distribution differ by D or more: the asymptotic one, Q(λ) = 2 Σ (−1)^(j−1)
    /// exp(−2j²λ²), at λ = (√N + 0.12 + 0.11/√N)·D, Stephens' correction for finite samples (1970), with N = n·m/(n + m). Where values are tied it is
    /// too large.
    /// </summary>
    /// <param name="statistic">D, the largest distance of the two distribution functions, 0 to 1.</param>
    /// <param name="first">n, at least 1.</param>
    /// <param name="second">m, at least 1.</param>
    public static double PValue(double statistic, double first, double second)
    {
        double root = Math.Sqrt(first / (first + second) * second);
        return Upper((root + 0.12 + (0.11 / root)) * statistic);
    }

    /// <summary>Q(λ).</summary>
    internal static double Upper(double lambda)
    {
        if (!(lambda > 0)) return 1;
        double sum = 0;
        if (lambda < Middle)
        {
            // 1 − √(2π)/λ Σ exp(−(2j − 1)²π²/(8λ²)), the same by the theta function's transformation.
            for (int j = 1; j <= Terms; j++)
            {
                double odd = ((2 * j) - 1) * Math.PI / lambda;
                sum += Math.Exp(-odd * odd / 8);
            }

            return Math.Clamp(1 - (Math.Sqrt(2 * Math.PI) / lambda * sum), 0, 1);
        }

        for (int j = Terms; j >= 1; j--) sum += (j % 2 == 1 ? 2 : -2) * Math.Exp(-2.0 * j * j * lambda * lambda);
        return Math.Clamp(sum, 0, 1);
    }
}
