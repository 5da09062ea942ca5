using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

/// <summary>The affine map of a MADE block, u = (x − m)·exp(−a), and its log-determinant −Σ a.</summary>
internal static unsafe class AffineMap
{
    /// <summary>
    /// u[j][s] = (x[j][s] − m[j][s])·exp(−a[j][s]) and after[s] = before[s] − Σ_j a[j][s], in the order of j. Lanes past the
    /// batch become zero, so that no exponential there can be infinite.
    /// </summary>
    /// <param name="x">width × stride.</param>
    /// <param name="affine">m and then a, 2·width × stride; a becomes exp(−a), for the way back.</param>
    /// <param name="u">Receives width × stride.</param>
    /// <param name="before">Log-determinants so far; null for 0.</param>
    /// <param name="after">Receives the log-determinants; may be before.</param>
    /// <param name="width">Features.</param>
    /// <param name="stride">Floats between two features.</param>
    /// <param name="samples">B.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward<T>(
        float* x, float* affine, float* u, float* before, float* after, int width, nint stride, int samples)
        where T : struct, ILanes<T>
    {
        for (int s = 0; s < samples; s += T.Count)
            T.Store(before == null ? T.Zero : T.KeepFirst(T.Load(before + s), samples - s), after + s);
        float* logScales = affine + (width * stride);
        for (int j = 0; j < width; j++)
        {
            for (int s = 0; s < samples; s += T.Count)
            {
                T a = T.KeepFirst(T.Load(logScales + s), samples - s);
                T scale = T.KeepFirst(T.Exp(T.Zero - a), samples - s);
                T.Store((T.Load(x + s) - T.Load(affine + s)) * scale, u + s);
                T.Store(scale, logScales + s);
                T.Store(T.Load(after + s) - a, after + s);
            }

            x += stride;
            affine += stride;
            logScales += stride;
            u += stride;
        }
    }

    /// <summary>
    /// dm = −du·exp(−a), da = −du·u + w/B, dx = du·exp(−a). Lanes past the batch, where du and w are zero, become zero.
    /// </summary>
    /// <param name="affine">What <see cref="Forward"/> left, 2·width × stride: its second half is exp(−a).</param>
    /// <param name="u">width × stride.</param>
    /// <param name="du">width × stride.</param>
    /// <param name="weights">Importance weight per sample; zero past the batch.</param>
    /// <param name="affineGradient">Receives dm and then da, 2·width × stride; may be affine.</param>
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
        nint half = width * stride;
        for (int j = 0; j < width; j++)
        {
            for (int s = 0; s < samples; s += T.Count)
            {
                T gradient = T.Load(du + s), direct = gradient * T.Load(affine + half + s);
                T.Store(T.Zero - direct, affineGradient + s);
                T.Store((T.Load(weights + s) * share) - (gradient * T.Load(u + s)), affineGradient + half + s);
                if (dx != null) T.Store(direct, dx + s);
            }

            affine += stride;
            u += stride;
            du += stride;
            affineGradient += stride;
            if (dx != null) dx += stride;
        }
    }
}
