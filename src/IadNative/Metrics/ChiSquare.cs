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
    /// fewer than 5 expected rows of a sample count as one (Cochran, 1954). Where that is still such a bin, it joins the smallest of the others
    /// in X², and is tested by itself against all others, exactly (<see cref="Hypergeometric"/>): p is twice the smaller of both.
    /// </summary>
    /// <param name="first">Rows of the first sample in each of k bins.</param>
    /// <param name="second">Rows of the second.</param>
    public static (double Statistic, double PValue) Test(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        double n = 0, m = 0;
        for (int bin = 0; bin < first.Length; bin++) (n, m) = (n + first[bin], m + second[bin]);
        List<(double First, double Second)> bins = [];
        (double First, double Second) rare = (0, 0);
        for (int bin = 0; bin < first.Length; bin++)
        {
            if (IsRare((first[bin], second[bin]))) rare = (rare.First + first[bin], rare.Second + second[bin]);
            else bins.Add((first[bin], second[bin]));
        }

        double? exact = null;
        if (rare != default && IsRare(rare) && bins.Count > 0)
        {
            exact = Hypergeometric.PValue(Math.Round(n), Math.Round(m), Math.Round(rare.First), Math.Round(rare.Second));
            (double First, double Second) smallest = bins.MinBy(bin => bin.First + bin.Second);
            bins[bins.IndexOf(smallest)] = (smallest.First + rare.First, smallest.Second + rare.Second);
        }
        else if (rare != default)
        {
            bins.Add(rare);
        }

        double sum = 0;
        foreach ((double a, double b) in bins)
        {
            double difference = (a * m) - (b * n);
            sum += difference * difference / ((a + b) * n * m);
        }

        if (bins.Count < 2) return (0, exact ?? 1);
        double p = Upper((bins.Count - 1) / 2.0, sum / 2);
        return (sum, exact is { } other ? Math.Min(1, 2 * Math.Min(p, other)) : p);

        bool IsRare((double First, double Second) bin) => (bin.First + bin.Second) * Math.Min(n, m) < FewestExpected * (n + m);
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
    internal static double LogGamma(double a)
    {
        // Stirling's series where what it leaves out is below 3e-16, and below by Γ(a + 1) = a·Γ(a).
        double shift = 0;
        for (; a < 15; a++) shift += Math.Log(a);
        double square = a * a;
        double series = (1 / 12.0 - (1 / 360.0 - (1 / 1260.0 - (1 / 1680.0 - 1 / (1188 * square)) / square) / square) / square) / a;
        return ((a - 0.5) * Math.Log(a)) - a + (0.5 * Math.Log(2 * Math.PI)) + series - shift;
    }
}
