using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

/// <summary>Reductions over the samples of a batch, in a fixed order.</summary>
internal static unsafe partial class Reduce
{
    /// <summary>Σ x[s] in four chains, which round less than one would; lanes past the batch must be zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Sum<T>(float* x, int samples)
        where T : struct, ILanes<T>
    {
        T sum0 = T.Zero, sum1 = T.Zero, sum2 = T.Zero, sum3 = T.Zero;
        int s = 0;
        for (; s + (4 * T.Count) <= samples; s += 4 * T.Count)
        {
            sum0 += T.Load(x + s);
            sum1 += T.Load(x + s + T.Count);
            sum2 += T.Load(x + s + (2 * T.Count));
            sum3 += T.Load(x + s + (3 * T.Count));
        }

        for (; s < samples; s += T.Count) sum0 += T.Load(x + s);
        return T.Sum((sum0 + sum1) + (sum2 + sum3));
    }
}
