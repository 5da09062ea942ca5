using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

/// <summary>The affine map of a MADE block, u = (x − m)·exp(−a), and its log-determinant −Σ a.</summary>
internal static unsafe partial class AffineMap
{
    /// <summary>
    /// u[j][s] = (x[j][s] − m[j][s])·exp(−a[j][s]), scales[j][s] = exp(−a[j][s]) for the way back, and
    /// logDeterminants[s] −= a[j][s] in the order of j. Lanes past the batch become zero in u and scales, whatever they were.
    /// </summary>
    /// <param name="x">width × stride.</param>
    /// <param name="m">width × stride.</param>
    /// <param name="a">width × stride.</param>
    /// <param name="u">Receives width × stride.</param>
    /// <param name="scales">Receives width × stride.</param>
    /// <param name="logDeterminants">One sum per sample.</param>
    /// <param name="width">Features.</param>
    /// <param name="stride">Floats between two features.</param>
    /// <param name="samples">B.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward<T>(
        float* x, float* m, float* a, float* u, float* scales, float* logDeterminants, int width, nint stride, int samples)
        where T : struct, ILanes<T>
    {
        for (int j = 0; j < width; j++)
        {
            for (int s = 0; s < samples; s += T.Count)
            {
                T logScale = T.KeepFirst(T.Load(a + s), samples - s);
                T scale = T.KeepFirst(Exponential.Of(T.Zero - logScale), samples - s);
                T.Store(T.KeepFirst((T.Load(x + s) - T.Load(m + s)) * scale, samples - s), u + s);
                T.Store(scale, scales + s);
                T.Store(T.Load(logDeterminants + s) - logScale, logDeterminants + s);
            }

            x += stride;
            m += stride;
            a += stride;
            u += stride;
            scales += stride;
        }
    }
}
