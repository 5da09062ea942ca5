using IadNative.Metrics;

namespace IadNative.Reproduction.Figures;

/// <summary>
/// Density of numbers in [0, 1] with Gaussian kernels of one bandwidth, by Silverman's rule 0.9 min(std, IQR/1.34) n^(−1/5) but
/// never below a hundredth. Kernels are reflected at 0 and 1, so that the density integrates to 1 over [0, 1].
/// </summary>
internal static class KernelDensity
{
    private const double LeastBandwidth = 0.01;

    /// <summary>The density at each place.</summary>
    /// <param name="values">At least one number in [0, 1].</param>
    /// <param name="places">Where to give it, in [0, 1].</param>
    public static double[] At(ReadOnlySpan<double> values, IReadOnlyList<double> places)
    {
        double bandwidth = Bandwidth(values);
        double scale = 1 / (bandwidth * Math.Sqrt(2 * Math.PI) * values.Length);
        double[] density = new double[places.Count];
        for (int i = 0; i < density.Length; i++)
        {
            double sum = 0;
            foreach (double value in values)
                sum += Kernel(places[i] - value) + Kernel(places[i] + value) + Kernel(2 - places[i] - value);
            density[i] = scale * sum;
        }

        return density;

        double Kernel(double distance) => Math.Exp(-0.5 * (distance / bandwidth) * (distance / bandwidth));
    }

    private static double Bandwidth(ReadOnlySpan<double> values)
    {
        float[] sorted = new float[values.Length];
        for (int i = 0; i < sorted.Length; i++) sorted[i] = (float)values[i];
        Array.Sort(sorted);
        double quartiles = (Quantiles.Linear(sorted, 0.75) - Quantiles.Linear(sorted, 0.25)) / 1.34;
        double std = MeanStd.Of(values).Std;
        double spread = quartiles > 0 ? Math.Min(std, quartiles) : std;
        return Math.Max(LeastBandwidth, 0.9 * spread * Math.Pow(values.Length, -0.2));
    }
}
