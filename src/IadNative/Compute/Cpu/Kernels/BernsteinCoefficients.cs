namespace IadNative.Compute.Cpu.Kernels;

/// <summary>
/// The weights c_k = C(B, k)·αᵏ·(1 − α)^(B − k), k = 1 … B, of a batch's descending scores in the Bernstein estimator of a quantile,
/// kept for the size that was asked for last.
/// </summary>
/// <param name="alpha">α, in (0, 1).</param>
/// <param name="most">Samples of the largest batch.</param>
internal sealed class BernsteinCoefficients(double alpha, int most)
{
    private readonly double[] _values = new double[most];

    /// <summary>B of the values at hand; 0 before any.</summary>
    public int Count { get; private set; }

    /// <summary>c₁ … c_B.</summary>
    public ReadOnlySpan<double> Of(int samples)
    {
        if (samples != Count) Compute(samples);
        return _values.AsSpan(0, samples);
    }

    // In logarithms, since C(B, k) itself leaves float64 from B = 1,030 on.
    private void Compute(int samples)
    {
        double logOdds = Math.Log(alpha) - Math.Log(1 - alpha), log = samples * Math.Log(1 - alpha);
        for (int k = 1; k <= samples; k++)
        {
            log += Math.Log((double)(samples - k + 1) / k) + logOdds;
            _values[k - 1] = Math.Exp(log);
        }

        Count = samples;
    }
}
