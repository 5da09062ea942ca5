namespace IadNative.Metrics;

/// <summary>The chi-square test of whether two samples fall into bins alike.</summary>
internal static class ChiSquare
{
    // A bin of which one of the samples has fewer, were both alike, is put together with others of that kind.
    private const double FewestExpected = 5;

    private const int MostSteps = 10_000;
    private const double Tiny = 1e-300, Precision = 1e-15;

    /// <summary>
    /// X² = Σ (observed − expected)²/expected over both samples, and the probability of it or more with k − 1 degrees of freedom. Bins of
    /// fewer than 5 expected rows of a sample count as one.
    /// </summary>
    /// <param name="first">Rows of the first sample in each of k bins.</param>
    /// <param name="second">Rows of the second.</param>
    public static (double Statistic, double PValue) Test(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        double n = 0, m = 0, rareFirst = 0, rareSecond = 0, sum = 0;
        for (int bin = 0; bin < first.Length; bin++) (n, m) = (n + first[bin], m + second[bin]);
        int bins = 0;
        for (int bin = 0; bin < first.Length; bin++)
        {
            double both = first[bin] + second[bin];
            if (both * Math.Min(n, m) < FewestExpected * (n + m)) (rareFirst, rareSecond) = (rareFirst + first[bin], rareSecond + second[bin]);
            else Add(first[bin], second[bin]);
        }

        if (rareFirst + rareSecond > 0) Add(rareFirst, rareSecond);
        return bins < 2 ? (0, 1) : (sum, Upper((bins - 1) / 2.0, sum / 2));

        void Add(double a, double b)
        {
            bins++;
            double difference = (a * m) - (b * n);
            sum += difference * difference / ((a + b) * n * m);
        }
    }

    /// <summary>Q(a, x) = Γ(a, x)/Γ(a), by its series below a + 1 and by its continued fraction above.</summary>
    internal static double Upper(double a, double x)
    {
        if (!(x > 0)) return 1;
        double scale = Math.Exp((a * Math.Log(x)) - x - LogGamma(a));
        if (x < a + 1)
        {
            double term = 1 / a, series = term;
            for (int i = 1; i < MostSteps && term > series * Precision; i++)
            {
                term *= x / (a + i);
                series += term;
            }

            return Math.Clamp(1 - (scale * series), 0, 1);
        }

        // Lentz's method.
        double b = x + 1 - a, c = 1 / Tiny, d = 1 / b, fraction = d;
        for (int i = 1; i < MostSteps; i++)
        {
            double factor = -i * (i - a);
            b += 2;
            d = 1 / NotZero((factor * d) + b);
            c = NotZero(b + (factor / c));
            fraction *= d * c;
            if (Math.Abs((d * c) - 1) < Precision) break;
        }

        return Math.Clamp(scale * fraction, 0, 1);

        static double NotZero(double value) => Math.Abs(value) < Tiny ? Tiny : value;
    }

    /// <summary>ln Γ(a), of a half or a whole number above 0.</summary>
    private static double LogGamma(double a)
    {
        // Stirling's series where it is exact to the last digit, and below by Γ(a + 1) = a·Γ(a).
        double shift = 0;
        for (; a < 15; a++) shift += Math.Log(a);
        double square = a * a;
        double series = (1 / (12 * a)) - (1 / (360 * a * square)) + (1 / (1260 * a * square * square)) - (1 / (1680 * a * square * square * square));
        return ((a - 0.5) * Math.Log(a)) - a + (0.5 * Math.Log(2 * Math.PI)) + series - shift;
    }
}
