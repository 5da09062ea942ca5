using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

/// <summary>Operations on single numbers of a run.</summary>
internal static unsafe class Elementwise
{
    /// <summary>result[i] = x[i] + y[i]; result may be one of the two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add<T>(float* x, float* y, float* result, int length)
        where T : struct, ILanes<T>
    {
        for (int i = 0; i < length; i += T.Count) T.Store(T.Load(x + i) + T.Load(y + i), result + i);
    }

    /// <summary>result[i] = x[i] + addend.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add<T>(float* x, float addend, float* result, int length)
        where T : struct, ILanes<T>
    {
        T addends = T.Create(addend);
        for (int i = 0; i < length; i += T.Count) T.Store(T.Load(x + i) + addends, result + i);
    }
}
