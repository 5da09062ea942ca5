using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

/// <summary>What a weighted mean and covariance make of a feature of a batch.</summary>
internal static unsafe class WeightedRows
{
    /// <summary>Σ_s w[s]·x[s] in float64: four sums, of every fourth sample each, and then their sum.</summary>
    /// <param name="x">One number per sample.</param>
    /// <param name="weights">One per sample.</param>
    /// <param name="samples">Samples.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Sum(float* x, float* weights, int samples)
    {
        double sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
        int s = 0;
        for (; s + 4 <= samples; s += 4)
        {
            sum0 += (double)x[s] * weights[s];
            sum1 += (double)x[s + 1] * weights[s + 1];
            sum2 += (double)x[s + 2] * weights[s + 2];
            sum3 += (double)x[s + 3] * weights[s + 3];
        }

        for (; s < samples; s++) sum0 += (double)x[s] * weights[s];
        return (sum0 + sum1) + (sum2 + sum3);
    }

    /// <summary>roots[s] = √weights[s], in whole vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Roots<T>(float* weights, float* roots, int samples)
        where T : struct, ILanes<T>
    {
        for (int s = 0; s < samples; s += T.Count) T.Store(T.Sqrt(T.Load(weights + s)), roots + s);
    }

    /// <summary>In place: x[s] becomes (x[s] − mean)·roots[s], in whole vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Center<T>(float* x, float mean, float* roots, int samples)
        where T : struct, ILanes<T>
    {
        T means = T.Create(mean);
        for (int s = 0; s < samples; s += T.Count) T.Store((T.Load(x + s) - means) * T.Load(roots + s), x + s);
    }

    /// <summary>sums[i] += addends[i] in float64.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(float* addends, double* sums, int count)
    {
        for (int i = 0; i < count; i++) sums[i] += addends[i];
    }
}
