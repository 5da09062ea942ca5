using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

/// <summary>Scale, shift and leaky ReLU of one feature over the samples of a batch.</summary>
internal static unsafe partial class Activate
{
    /// <summary>
    /// y = scale·x + shift, then y where y &gt; 0 and slope·y elsewhere. Lanes past the batch become zero. NaN stays NaN.
    /// destination may be x.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward<T>(float* x, float* destination, int samples, float scale, float shift, float slope)
        where T : struct, ILanes<T>
    {
        T scales = T.Create(scale), shifts = T.Create(shift), slopes = T.Create(slope);
        int whole = samples - (samples % T.Count);
        for (int s = 0; s < whole; s += T.Count)
        {
            T y = T.MultiplyAdd(T.Load(x + s), scales, shifts);
            T.Store(T.WherePositive(y, y, y * slopes), destination + s);
        }

        if (whole == samples) return;
        T last = T.MultiplyAdd(T.Load(x + whole), scales, shifts);
        T.Store(T.KeepFirst(T.WherePositive(last, last, last * slopes), samples - whole), destination + whole);
    }
}
