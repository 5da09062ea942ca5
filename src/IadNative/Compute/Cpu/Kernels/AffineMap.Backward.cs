using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

internal static unsafe partial class AffineMap
{
    /// <summary>
    /// dm = −du·exp(−a), da = −du·u + w/B, dx = du·exp(−a). Lanes past the batch, where du and w are zero, become zero; so
    /// does what is below <see cref="LeastGradient"/>.
    /// </summary>
    /// <param name="scales">exp(−a), width × stride.</param>
    /// <param name="u">width × stride.</param>
    /// <param name="du">width × stride.</param>
    /// <param name="weights">Importance weight per sample; zero past the batch.</param>
    /// <param name="dm">Receives width × stride.</param>
    /// <param name="da">Receives width × stride.</param>
    /// <param name="dx">Receives dx, width × stride; null where nobody needs it.</param>
    /// <param name="width">Features.</param>
    /// <param name="stride">Floats between two features.</param>
    /// <param name="samples">B.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward<T>(
        float* scales, float* u, float* du, float* weights, float* dm, float* da, float* dx, int width, nint stride, int samples)
        where T : struct, ILanes<T>
    {
        T share = T.Create(1f / samples);
        for (int j = 0; j < width; j++)
        {
            for (int s = 0; s < samples; s += T.Count)
            {
                T gradient = T.Load(du + s), direct = LeastGradient.Drop(gradient * T.Load(scales + s));
                T.Store(T.Zero - direct, dm + s);
                T.Store(LeastGradient.Drop((T.Load(weights + s) * share) - (gradient * T.Load(u + s))), da + s);
                if (dx != null) T.Store(direct, dx + s);
            }

            scales += stride;
            u += stride;
            du += stride;
            dm += stride;
            da += stride;
            if (dx != null) dx += stride;
        }
    }
}
