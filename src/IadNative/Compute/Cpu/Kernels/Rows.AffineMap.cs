using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

internal static unsafe partial class Rows
{
    /// <summary>
    /// The affine map of a MADE block: u[s][j] = (x[s][j] − m[s][j])·exp(−a[s][j]), zero past the width, and its log-determinant,
    /// a vector of partial sums per sample: after[s] = before[s] − the vectors of a[s].
    /// </summary>
    /// <param name="x">samples × stride.</param>
    /// <param name="affine">m and then a, without a gap, samples × affineStride; a vector past the end can be read.</param>
    /// <param name="affineStride">Floats between two samples of affine.</param>
    /// <param name="u">Receives samples × stride.</param>
    /// <param name="before">A vector per sample; null for zeros.</param>
    /// <param name="after">Receives a vector per sample.</param>
    /// <param name="width">Features.</param>
    /// <param name="stride">Floats between two samples of x and of u.</param>
    /// <param name="samples">Samples.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AffineMap<T>(
        float* x, float* affine, nint affineStride, float* u, float* before, float* after, int width, nint stride, int samples)
        where T : struct, ILanes<T>
    {
        for (int s = 0; s < samples; s++)
        {
            T sum = before == null ? T.Zero : T.Load(before + ((nint)s * T.Count));
            for (int j = 0; j < width; j += T.Count)
            {
                T a = T.KeepFirst(T.Load(affine + width + j), width - j);
                T result = (T.Load(x + j) - T.Load(affine + j)) * Exponential.Of(T.Zero - a);
                T.Store(T.KeepFirst(result, width - j), u + j);
                sum -= a;
            }

            T.Store(sum, after + ((nint)s * T.Count));
            x += stride;
            u += stride;
            affine += affineStride;
        }
    }

    /// <summary>y[s][j] = x[s][j]·scale[j] + shift[j]; all in whole vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ScaleAndShift<T>(float* x, float* scale, float* shift, float* y, int width, nint stride, int samples)
        where T : struct, ILanes<T>
    {
        for (int s = 0; s < samples; s++)
        {
            for (int j = 0; j < width; j += T.Count)
                T.Store(T.MultiplyAdd(T.Load(x + j), T.Load(scale + j), T.Load(shift + j)), y + j);
            x += stride;
            y += stride;
        }
    }
}
