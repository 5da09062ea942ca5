using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

internal static unsafe partial class Reduce
{
    /// <summary>Mean of some pixels over the first lanes of each, and the sum of squared deviations from it.</summary>
    /// <param name="x">pixels vectors.</param>
    /// <param name="pixels">Pixels.</param>
    /// <param name="lanes">Samples: lanes that count, at least 1; the others must be finite.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static (float Mean, float Squares) Moments<T>(float* x, int pixels, int lanes)
        where T : struct, ILanes<T>
    {
        float* end = x + ((nint)pixels * T.Count);
        T sum = T.Zero;
        for (float* pixel = x; pixel < end; pixel += T.Count) sum += T.Load(pixel);
        float mean = T.Sum(T.KeepFirst(sum, lanes)) / ((float)pixels * lanes);

        T means = T.Create(mean), squares = T.Zero;
        for (float* pixel = x; pixel < end; pixel += T.Count)
        {
            T deviation = T.Load(pixel) - means;
            squares = T.MultiplyAdd(deviation, deviation, squares);
        }

        return (mean, T.Sum(T.KeepFirst(squares, lanes)));
    }
}
