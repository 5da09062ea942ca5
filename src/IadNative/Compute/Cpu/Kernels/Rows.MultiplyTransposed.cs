using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

internal static unsafe partial class Rows
{
    /// <summary>x[k] = Σ_r y[r] · w[r][k] of one sample: a vector of rows after the other, and a sum over the lanes of each.</summary>
    /// <param name="y">One number per row, in whole vectors, zero past the last row or where w is.</param>
    /// <param name="w">The weights as <see cref="Pack"/> leaves them.</param>
    /// <param name="inner">Columns of w.</param>
    /// <param name="ranges">Per vector of rows, the columns of w that are not all zero.</param>
    /// <param name="x">Receives one number per column.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyTransposed<T>(float* y, float* w, int inner, ReadOnlySpan<InnerRange> ranges, Span<float> x)
        where T : struct, ILanes<T>
    {
        x.Clear();
        foreach (InnerRange range in ranges)
        {
            T rows = T.Load(y);
            for (int k = range.First; k < range.End; k++) x[k] += T.Sum(rows * T.Load(w + ((nint)k * T.Count)));
            y += T.Count;
            w += (nint)inner * T.Count;
        }
    }
}
