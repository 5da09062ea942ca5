using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

/// <summary>Reductions over the samples of a batch, in a fixed order.</summary>
internal static unsafe partial class Reduce
{
    /// <summary>Σ x[s]; lanes past the batch must be zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Sum<T>(float* x, int samples)
        where T : struct, ILanes<T>
    {
        T sum = T.Zero;
        for (int s = 0; s < samples; s += T.Count) sum += T.Load(x + s);
        return T.Sum(sum);
    }
}
