using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

/// <summary>The affine map of a MADE block, u = (x − m)·exp(−a), and its log-determinant −Σ a.</summary>
internal static unsafe class AffineMap
{
    /// <summary>
    /// u[j][s] = (x[j][s] − m[j][s])·exp(−a[j][s]) and after[s] = before[s] − Σ_j a[j][s], in the order of j.
    /// </summary>
    /// <param name="x">width × stride.</param>
    /// <param name="affine">m and then a, 2·width × stride.</param>
    /// <param name="u">width × stride.</param>
    /// <param name="before">Log-determinants so far; null for 0.</param>
    /// <param name="after">Receives the log-determinants.</param>
    /// <param name="width">Features.</param>
    /// <param name="stride">Floats between two features.</param>
    /// <param name="samples">Samples, a multiple of the lanes.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward<T>(
        float* x, float* affine, float* u, float* before, float* after, int width, nint stride, int samples)
        where T : struct, ILanes<T>
    {
        for (int s = 0; s < samples; s += T.Count)
        {
            T sum = before == null ? T.Zero : T.Load(before + s);
            for (int j = 0; j < width; j++)
            {
                T a = T.Load(affine + ((width + j) * stride) + s);
                T difference = T.Load(x + (j * stride) + s) - T.Load(affine + (j * stride) + s);
                T.Store(difference * T.Exp(T.Zero - a), u + (j * stride) + s);
                sum -= a;
            }

            T.Store(sum, after + s);
        }
    }

    /// <summary>
    /// dm = −du·exp(−a), da = −du·u + w/B, dx = du·exp(−a). Lanes past the batch, where du and w are zero, become zero.
    /// </summary>
    /// <param name="affine">m and then a, 2·width × stride.</param>
    /// <param name="u">width × stride.</param>
    /// <param name="du">width × stride.</param>
    /// <param name="weights">Importance weight per sample; zero past the batch.</param>
    /// <param name="affineGradient">Receives dm and then da, 2·width × stride.</param>
    /// <param name="dx">Receives dx, width × stride; null where nobody needs it.</param>
    /// <param name="width">Features.</param>
    /// <param name="stride">Floats between two features.</param>
    /// <param name="samples">B.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward<T>(
        float* affine, float* u, float* du, float* weights, float* affineGradient, float* dx, int width, nint stride, int samples)
        where T : struct, ILanes<T>
    {
        T share = T.Create(1f / samples);
        for (int j = 0; j < width; j++)
        {
            for (int s = 0; s < samples; s += T.Count)
            {
                T gradient = T.Load(du + (j * stride) + s);
                T direct = gradient * T.Exp(T.Zero - T.Load(affine + ((width + j) * stride) + s));
                T.Store(T.Zero - direct, affineGradient + (j * stride) + s);
                T.Store(
                    (T.Load(weights + s) * share) - (gradient * T.Load(u + (j * stride) + s)),
                    affineGradient + ((width + j) * stride) + s);
                if (dx != null) T.Store(direct, dx + (j * stride) + s);
            }
        }
    }
}
