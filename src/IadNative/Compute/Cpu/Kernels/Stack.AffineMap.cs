using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

internal static unsafe partial class Stack
{
    /// <summary>
    /// The affine map of a MADE block: u[s][j] = (x[s][j] − m[s][j])·exp(−a[s][j]), and its log-determinant:
    /// after[s] = before[s] − Σ_j a[s][j], in the order of j.
    /// </summary>
    /// <param name="x">samples × xStride.</param>
    /// <param name="xStride">Floats between two samples of x.</param>
    /// <param name="affine">m and a, samples × affineStride.</param>
    /// <param name="affineStride">Floats between two samples of affine.</param>
    /// <param name="places">Where among the vectors of affine are m of each feature and then a of each.</param>
    /// <param name="u">Receives samples × uStride.</param>
    /// <param name="uStride">Floats between two samples of u.</param>
    /// <param name="before">A vector per sample; null for zeros.</param>
    /// <param name="after">Receives a vector per sample.</param>
    /// <param name="samples">Samples.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AffineMap<T>(
        float* x, nint xStride, float* affine, nint affineStride, ReadOnlySpan<int> places, float* u, nint uStride, float* before,
        float* after, int samples)
        where T : struct, ILanes<T>
    {
        int width = places.Length / 2;
        for (int s = 0; s < samples; s++)
        {
            T sum = before == null ? T.Zero : T.Load(before + ((nint)s * T.Count));
            for (int j = 0; j < width; j++)
            {
                T m = T.Load(affine + ((nint)places[j] * T.Count)), a = T.Load(affine + ((nint)places[width + j] * T.Count));
                T.Store((T.Load(x + ((nint)j * T.Count)) - m) * Exponential.Of(T.Zero - a), u + ((nint)j * T.Count));
                sum -= a;
            }

            T.Store(sum, after + ((nint)s * T.Count));
            x += xStride;
            affine += affineStride;
            u += uStride;
        }
    }

    /// <summary>y[s][j] = x[s][j]·scale[j] + shift[j].</summary>
    /// <param name="x">samples × stride.</param>
    /// <param name="scaling">Per feature a vector of scales and one of shifts.</param>
    /// <param name="y">Receives samples × stride.</param>
    /// <param name="width">Features.</param>
    /// <param name="stride">Floats between two samples of x and of y.</param>
    /// <param name="samples">Samples.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ScaleAndShift<T>(float* x, float* scaling, float* y, int width, nint stride, int samples)
        where T : struct, ILanes<T>
    {
        for (int s = 0; s < samples; s++)
        {
            for (int j = 0; j < width; j++)
            {
                nint at = (nint)j * T.Count;
                T.Store(T.MultiplyAdd(T.Load(x + at), T.Load(scaling + (2 * at)), T.Load(scaling + (2 * at) + T.Count)), y + at);
            }

            x += stride;
            y += stride;
        }
    }
}
