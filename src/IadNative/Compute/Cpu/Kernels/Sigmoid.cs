using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

/// <summary>The logistic function, number by number.</summary>
internal static unsafe class Sigmoid
{
    /// <summary>z = 1/(1 + e⁻ˣ): 0 where x is far below zero, 1 far above. Lanes past the numbers become zero. NaN stays NaN.</summary>
    /// <param name="x">The numbers.</param>
    /// <param name="z">Receives as many; it may be <paramref name="x"/> itself.</param>
    /// <param name="length">Their number.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward<T>(float* x, float* z, int length)
        where T : struct, ILanes<T>
    {
        int whole = length - (length % T.Count);
        for (int i = 0; i < whole; i += T.Count) T.Store(Of(T.Load(x + i)), z + i);
        if (whole < length) T.Store(T.KeepFirst(Of(T.Load(x + whole)), length - whole), z + whole);
    }

    /// <summary>dx = dz · z (1 − z), zero where that is below <see cref="LeastGradient"/>.</summary>
    /// <param name="z">What <see cref="Forward{T}"/> gave.</param>
    /// <param name="zGradient">d loss / d z.</param>
    /// <param name="xGradient">Receives d loss / d x.</param>
    /// <param name="length">Their number, rounded up to the lanes.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward<T>(float* z, float* zGradient, float* xGradient, int length)
        where T : struct, ILanes<T>
    {
        T one = T.Create(1);
        for (int i = 0; i < length; i += T.Count)
        {
            T value = T.Load(z + i);
            T.Store(LeastGradient.Drop(T.Load(zGradient + i) * (value * (one - value))), xGradient + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Of<T>(T x)
        where T : struct, ILanes<T>
    {
        T one = T.Create(1);
        return one / (one + Exponential.Of(T.Zero - x));
    }
}
