using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

internal static unsafe partial class Activate
{
    /// <summary>
    /// gradient ·= 1 where output &gt; 0 and slope elsewhere, in place, and zero below <see cref="LeastGradient.Hidden"/>. The sign of a
    /// leaky ReLU's output is that of its input, so the input need not be kept.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward<T>(float* output, float* gradient, int samples, float slope)
        where T : struct, ILanes<T>
    {
        T slopes = T.Create(slope), least = T.Create(LeastGradient.Hidden);
        for (int s = 0; s < samples; s += T.Count)
        {
            T value = T.Load(gradient + s);
            T.Store(T.DropBelow(T.WherePositive(T.Load(output + s), value, value * slopes), least), gradient + s);
        }
    }
}
