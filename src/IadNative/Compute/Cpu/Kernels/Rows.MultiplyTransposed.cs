using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

internal static unsafe partial class Rows
{
    /// <summary>x[k] = Σ_r y[r] · w[r][k] of one sample: per column the vectors of rows in their order, then a sum over lanes.</summary>
    /// <param name="y">One number per row, in whole vectors, zero past the last row or where w is.</param>
    /// <param name="w">The weights as <see cref="Pack"/> leaves them.</param>
    /// <param name="inner">Columns of w.</param>
    /// <param name="ranges">Per vector of rows, the columns of w that are not all zero.</param>
    /// <param name="x">Receives one number per column.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyTransposed<T>(float* y, float* w, int inner, ReadOnlySpan<InnerRange> ranges, Span<float> x)
        where T : struct, ILanes<T>
    {
        nint next = (nint)inner * T.Count;
        int k = 0;
        fixed (float* target = x)
        {
            for (; k + 4 <= inner; k += 4)
            {
                T a = T.Zero, b = T.Zero, c = T.Zero, d = T.Zero;
                float* rows = y, column = w + ((nint)k * T.Count);
                foreach (InnerRange range in ranges)
                {
                    if (k < range.End && k + 4 > range.First)
                    {
                        T value = T.Load(rows);
                        a = T.MultiplyAdd(value, T.Load(column), a);
                        b = T.MultiplyAdd(value, T.Load(column + T.Count), b);
                        c = T.MultiplyAdd(value, T.Load(column + (2 * T.Count)), c);
                        d = T.MultiplyAdd(value, T.Load(column + (3 * T.Count)), d);
                    }

                    rows += T.Count;
                    column += next;
                }

                T.StoreSums(a, b, c, d, target + k);
            }

            for (; k < inner; k++)
            {
                T sum = T.Zero;
                float* rows = y, column = w + ((nint)k * T.Count);
                foreach (InnerRange range in ranges)
                {
                    if (k < range.End && k >= range.First) sum = T.MultiplyAdd(T.Load(rows), T.Load(column), sum);
                    rows += T.Count;
                    column += next;
                }

                target[k] = T.Sum(sum);
            }
        }
    }
}
