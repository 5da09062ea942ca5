using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

/// <summary>Weighted losses of the samples of a batch, and how strongly each pulls on its own distance.</summary>
internal static unsafe class SampleLoss
{
    /// <summary>
    /// l = f. Writes factors[s] = w[s]/B; lanes past the batch have weight 0 and so factor 0.
    /// </summary>
    /// <param name="scores">f per sample.</param>
    /// <param name="weights">Importance weight per sample; zero past the batch.</param>
    /// <param name="factors">Receives d(batch loss)/df per sample.</param>
    /// <param name="samples">B.</param>
    /// <returns>Σ w·l.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Plain<T>(float* scores, float* weights, float* factors, int samples)
        where T : struct, ILanes<T>
    {
        T sum = T.Zero, share = T.Create(1f / samples);
        for (int s = 0; s < samples; s += T.Count)
        {
            T weight = T.Load(weights + s);
            sum = T.MultiplyAdd(weight, T.Load(scores + s), sum);
            T.Store(weight * share, factors + s);
        }

        return T.Sum(sum);
    }

    /// <summary>
    /// l = ν·R² + max(0, f − R²) (Eq. 2). Writes factors[s] = w[s]/B where f &gt; R² and 0 elsewhere. A NaN distance makes a
    /// NaN loss.
    /// </summary>
    /// <param name="distances">f per sample.</param>
    /// <param name="weights">Importance weight per sample; zero past the batch.</param>
    /// <param name="factors">Receives d(batch loss)/df per sample.</param>
    /// <param name="samples">B.</param>
    /// <param name="radiusSquared">R².</param>
    /// <param name="nu">ν.</param>
    /// <returns>Σ w·l.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float SoftBoundary<T>(
        float* distances, float* weights, float* factors, int samples, float radiusSquared, float nu)
        where T : struct, ILanes<T>
    {
        T sum = T.Zero, share = T.Create(1f / samples), radius = T.Create(radiusSquared), floor = T.Create(nu * radiusSquared);
        for (int s = 0; s < samples; s += T.Count)
        {
            T weight = T.Load(weights + s);
            T outside = T.Load(distances + s) - radius;
            T hinge = T.WherePositive(outside, outside, outside * T.Zero);
            sum = T.MultiplyAdd(weight, floor + hinge, sum);
            T.Store(T.WherePositive(outside, weight * share, T.Zero), factors + s);
        }

        return T.Sum(sum);
    }

    /// <summary>
    /// l = |f − t|. Writes factors[s] = sign(f − t)/B, and 0 past the batch. A NaN score makes a NaN loss.
    /// </summary>
    /// <param name="scores">f per sample.</param>
    /// <param name="targets">t per sample.</param>
    /// <param name="factors">Receives d(batch loss)/df per sample.</param>
    /// <param name="samples">B.</param>
    /// <param name="padded">Samples and padding.</param>
    /// <returns>Σ l.</returns>
    public static double Absolute(float* scores, float* targets, float* factors, int samples, int padded)
    {
        double sum = 0;
        float share = 1f / samples;
        for (int s = 0; s < samples; s++)
        {
            float difference = scores[s] - targets[s];
            sum += Math.Abs(difference);
            factors[s] = difference > 0 ? share : difference < 0 ? -share : 0;
        }

        new Span<float>(factors + samples, padded - samples).Clear();
        return sum;
    }
}
