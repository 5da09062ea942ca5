using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

internal static unsafe partial class Reduce
{
    /// <summary>
    /// Mean of some pixels over the first lanes of each, and the sum of squared deviations from it. Both are taken about the
    /// mean as float32 has it and then put right by the mean of the deviations r: μ = m + r, Σ (x − μ)² = Σ (x − m)² − n·r².
    /// </summary>
    /// <param name="x">pixels vectors.</param>
    /// <param name="pixels">Pixels.</param>
    /// <param name="lanes">Samples: lanes that count, at least 1; the others must be finite.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static (double Mean, double Squares) Moments<T>(float* x, int pixels, int lanes)
        where T : struct, ILanes<T>
    {
        float* end = x + ((nint)pixels * T.Count);
        T sum = T.Zero;
        for (float* pixel = x; pixel < end; pixel += T.Count) sum += T.Load(pixel);
        double count = (double)pixels * lanes;
        float mean = (float)(T.Sum(T.KeepFirst(sum, lanes)) / count);

        T means = T.Create(mean), squares = T.Zero;
        sum = T.Zero;
        for (float* pixel = x; pixel < end; pixel += T.Count)
        {
            T deviation = T.Load(pixel) - means;
            sum += deviation;
            squares = T.MultiplyAdd(deviation, deviation, squares);
        }

        double rest = T.Sum(T.KeepFirst(sum, lanes)) / count;
        return (mean + rest, Math.Max(0, T.Sum(T.KeepFirst(squares, lanes)) - (count * rest * rest)));
    }
}
