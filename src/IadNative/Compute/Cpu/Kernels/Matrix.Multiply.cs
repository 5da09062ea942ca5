using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

/// <summary>
/// Products of small matrices. Activations lie feature-major: feature i of all samples of the batch is one run of
/// <c>stride</c> floats, so that lanes are samples whatever the widths of the layers, and a sample's numbers never depend on
/// who else is in its batch.
/// </summary>
internal static unsafe partial class Matrix
{
    /// <summary>
    /// c[r][s] = z where z &gt; 0 and slope·z elsewhere, with z = start[r] + Σ_k w[r·rowStride + k·innerStride] · a[k][s],
    /// summed in the order of k by fused multiply-adds whatever the number of samples. c must not overlap a.
    /// </summary>
    /// <param name="w">Weights, seen as rows × inner through their two strides, so that Wᵀ needs no copy.</param>
    /// <param name="rowStride">Distance between rows of w.</param>
    /// <param name="innerStride">Distance between columns of w.</param>
    /// <param name="rows">Rows of w and c.</param>
    /// <param name="inner">Columns of w, rows of a.</param>
    /// <param name="a">inner × stride.</param>
    /// <param name="c">rows × stride.</param>
    /// <param name="stride">Floats between two features of a and of c.</param>
    /// <param name="samples">Samples, a multiple of the lanes.</param>
    /// <param name="start">What each row's sum starts from; null for 0.</param>
    /// <param name="accumulate">Whether sums start from what c holds, instead.</param>
    /// <param name="ranges">Per four rows of w, the columns that are not all zero; empty for all of them.</param>
    /// <param name="slope">Slope of the leaky ReLU; 1 for none.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply<T>(
        float* w, nint rowStride, nint innerStride, int rows, int inner, float* a, float* c, nint stride, int samples,
        float* start, bool accumulate = false, ReadOnlySpan<InnerRange> ranges = default, float slope = 1)
        where T : struct, ILanes<T>
    {
        var all = new InnerRange(0, inner);
        int s = 0;
        for (; s + (2 * T.Count) <= samples; s += 2 * T.Count)
        {
            int r = 0;
            for (; r + 4 <= rows; r += 4)
            {
                InnerRange range = ranges.IsEmpty ? all : ranges[r / 4];
                if (accumulate && range.First == range.End) continue;
                Tile4x2<T>(
                    w + (r * rowStride), rowStride, innerStride, range, a + s, c + (r * stride) + s, stride,
                    start == null ? null : start + r, accumulate, slope);
            }

            for (; r < rows; r++)
            {
                InnerRange range = ranges.IsEmpty ? all : ranges[r / 4];
                Tile1x2<T>(
                    w + (r * rowStride), innerStride, range, a + s, c + (r * stride) + s, stride, start == null ? 0 : start[r],
                    accumulate, slope);
            }
        }

        if (s == samples) return;
        int row = 0;
        for (; row + 4 <= rows; row += 4)
        {
            InnerRange range = ranges.IsEmpty ? all : ranges[row / 4];
            Tile4x1<T>(
                w + (row * rowStride), rowStride, innerStride, range, a + s, c + (row * stride) + s, stride,
                start == null ? null : start + row, accumulate, slope);
        }

        for (; row < rows; row++)
        {
            InnerRange range = ranges.IsEmpty ? all : ranges[row / 4];
            Tile1x1<T>(
                w + (row * rowStride), innerStride, range, a + s, c + (row * stride) + s, stride, start == null ? 0 : start[row],
                accumulate, slope);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile4x2<T>(
        float* w, nint rowStride, nint innerStride, InnerRange range, float* a, float* c, nint stride, float* start,
        bool accumulate, float slope)
        where T : struct, ILanes<T>
    {
        T c00 = start == null ? T.Zero : T.Create(start[0]), c01 = c00;
        T c10 = start == null ? T.Zero : T.Create(start[1]), c11 = c10;
        T c20 = start == null ? T.Zero : T.Create(start[2]), c21 = c20;
        T c30 = start == null ? T.Zero : T.Create(start[3]), c31 = c30;
        if (accumulate)
        {
            (c00, c01) = (T.Load(c), T.Load(c + T.Count));
            (c10, c11) = (T.Load(c + stride), T.Load(c + stride + T.Count));
            (c20, c21) = (T.Load(c + (2 * stride)), T.Load(c + (2 * stride) + T.Count));
            (c30, c31) = (T.Load(c + (3 * stride)), T.Load(c + (3 * stride) + T.Count));
        }

        w += range.First * innerStride;
        a += range.First * stride;
        float* w2 = w + (2 * rowStride);
        for (int k = range.First; k < range.End; k++)
        {
            T a0 = T.Load(a), a1 = T.Load(a + T.Count);
            T factor = T.Create(*w);
            c00 = T.MultiplyAdd(factor, a0, c00);
            c01 = T.MultiplyAdd(factor, a1, c01);
            factor = T.Create(w[rowStride]);
            c10 = T.MultiplyAdd(factor, a0, c10);
            c11 = T.MultiplyAdd(factor, a1, c11);
            factor = T.Create(*w2);
            c20 = T.MultiplyAdd(factor, a0, c20);
            c21 = T.MultiplyAdd(factor, a1, c21);
            factor = T.Create(w2[rowStride]);
            c30 = T.MultiplyAdd(factor, a0, c30);
            c31 = T.MultiplyAdd(factor, a1, c31);
            a += stride;
            w += innerStride;
            w2 += innerStride;
        }

        if (slope != 1)
        {
            T slopes = T.Create(slope);
            (c00, c01) = (Activated(c00, slopes), Activated(c01, slopes));
            (c10, c11) = (Activated(c10, slopes), Activated(c11, slopes));
            (c20, c21) = (Activated(c20, slopes), Activated(c21, slopes));
            (c30, c31) = (Activated(c30, slopes), Activated(c31, slopes));
        }

        T.Store(c00, c);
        T.Store(c01, c + T.Count);
        T.Store(c10, c + stride);
        T.Store(c11, c + stride + T.Count);
        T.Store(c20, c + (2 * stride));
        T.Store(c21, c + (2 * stride) + T.Count);
        T.Store(c30, c + (3 * stride));
        T.Store(c31, c + (3 * stride) + T.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile4x1<T>(
        float* w, nint rowStride, nint innerStride, InnerRange range, float* a, float* c, nint stride, float* start,
        bool accumulate, float slope)
        where T : struct, ILanes<T>
    {
        T c0 = start == null ? T.Zero : T.Create(start[0]), c1 = start == null ? T.Zero : T.Create(start[1]);
        T c2 = start == null ? T.Zero : T.Create(start[2]), c3 = start == null ? T.Zero : T.Create(start[3]);
        if (accumulate) (c0, c1, c2, c3) = (T.Load(c), T.Load(c + stride), T.Load(c + (2 * stride)), T.Load(c + (3 * stride)));
        w += range.First * innerStride;
        a += range.First * stride;
        float* w2 = w + (2 * rowStride);
        for (int k = range.First; k < range.End; k++)
        {
            T a0 = T.Load(a);
            c0 = T.MultiplyAdd(T.Create(*w), a0, c0);
            c1 = T.MultiplyAdd(T.Create(w[rowStride]), a0, c1);
            c2 = T.MultiplyAdd(T.Create(*w2), a0, c2);
            c3 = T.MultiplyAdd(T.Create(w2[rowStride]), a0, c3);
            a += stride;
            w += innerStride;
            w2 += innerStride;
        }

        if (slope != 1)
        {
            T slopes = T.Create(slope);
            (c0, c1) = (Activated(c0, slopes), Activated(c1, slopes));
            (c2, c3) = (Activated(c2, slopes), Activated(c3, slopes));
        }

        T.Store(c0, c);
        T.Store(c1, c + stride);
        T.Store(c2, c + (2 * stride));
        T.Store(c3, c + (3 * stride));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile1x2<T>(
        float* w, nint innerStride, InnerRange range, float* a, float* c, nint stride, float start, bool accumulate,
        float slope)
        where T : struct, ILanes<T>
    {
        T c0 = T.Create(start), c1 = c0;
        if (accumulate) (c0, c1) = (T.Load(c), T.Load(c + T.Count));
        w += range.First * innerStride;
        a += range.First * stride;
        for (int k = range.First; k < range.End; k++)
        {
            T factor = T.Create(*w);
            c0 = T.MultiplyAdd(factor, T.Load(a), c0);
            c1 = T.MultiplyAdd(factor, T.Load(a + T.Count), c1);
            a += stride;
            w += innerStride;
        }

        if (slope != 1) (c0, c1) = (Activated(c0, T.Create(slope)), Activated(c1, T.Create(slope)));
        T.Store(c0, c);
        T.Store(c1, c + T.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile1x1<T>(
        float* w, nint innerStride, InnerRange range, float* a, float* c, nint stride, float start, bool accumulate,
        float slope)
        where T : struct, ILanes<T>
    {
        T c0 = accumulate ? T.Load(c) : T.Create(start);
        w += range.First * innerStride;
        a += range.First * stride;
        for (int k = range.First; k < range.End; k++)
        {
            c0 = T.MultiplyAdd(T.Create(*w), T.Load(a), c0);
            a += stride;
            w += innerStride;
        }

        if (slope != 1) c0 = Activated(c0, T.Create(slope));
        T.Store(c0, c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Activated<T>(T z, T slope)
        where T : struct, ILanes<T> => T.WherePositive(z, z, z * slope);
}
