using System.Diagnostics;
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
    // Activations that stay in the first cache while all weights go by: 24 of its 32 KiB or more.
    private const int CachedFloats = 6144;

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
        Debug.Assert(samples % T.Count == 0, "whole vectors");

        // 512-bit vectors come with 32 registers, others with 16. Where a single vector would be left behind the largest tile, a smaller one leaves two:
        // the four sums of one vector are too few to keep the multipliers busy.
        int most = T.Count == 16 ? 4 : 3;
        for (int s = 0, columns; s < samples; s += columns * T.Count)
        {
            int left = (samples - s) / T.Count;
            columns = left == most + 1 ? most - 1 : Math.Min(left, most);
            float* from = a + s, to = c + s;
            switch (columns)
            {
                case 4:
                    Columns<T, Four>(w, rowStride, innerStride, rows, inner, from, to, stride, start, accumulate, ranges, slope);
                    break;
                case 3:
                    Columns<T, Three>(w, rowStride, innerStride, rows, inner, from, to, stride, start, accumulate, ranges, slope);
                    break;
                case 2:
                    Columns<T, Two>(w, rowStride, innerStride, rows, inner, from, to, stride, start, accumulate, ranges, slope);
                    break;
                default:
                    Columns<T, One>(w, rowStride, innerStride, rows, inner, from, to, stride, start, accumulate, ranges, slope);
                    break;
            }
        }
    }

    /// <summary>All rows of some vectors of samples.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Columns<T, TColumns>(
        float* w, nint rowStride, nint innerStride, int rows, int inner, float* a, float* c, nint stride, float* start, bool accumulate,
        ReadOnlySpan<InnerRange> ranges, float slope)
        where T : struct, ILanes<T>
        where TColumns : struct, ITileSide
    {
        // Rows of a that stay in the first cache, and then the next: their sums go on from c, to the same bits.
        int block = ranges.IsEmpty ? CachedFloats / (TColumns.Count * T.Count) : inner, first = 0;
        do
        {
            bool isLast = inner - first <= block;
            Rows<T, TColumns>(
                w, rowStride, innerStride, rows, new InnerRange(first, isLast ? inner : first + block), a, c, stride, start,
                accumulate || first > 0, ranges, isLast ? slope : 1);
            first += block;
        }
        while (first < inner);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Rows<T, TColumns>(
        float* w, nint rowStride, nint innerStride, int rows, InnerRange all, float* a, float* c, nint stride, float* start, bool accumulate,
        ReadOnlySpan<InnerRange> ranges, float slope)
        where T : struct, ILanes<T>
        where TColumns : struct, ITileSide
    {
        int r = 0;
        for (; r + 4 <= rows; r += 4)
        {
            InnerRange range = ranges.IsEmpty ? all : ranges[r / 4];
            if (accumulate && range.First == range.End) continue;
            FourRows<T, TColumns>(
                w + (r * rowStride), rowStride, innerStride, range, a, c + (r * stride), stride, start == null ? null : start + r, accumulate,
                slope);
        }

        for (; r < rows; r++)
        {
            InnerRange range = ranges.IsEmpty ? all : ranges[r / 4];
            OneRow<T, TColumns>(
                w + (r * rowStride), innerStride, range, a, c + (r * stride), stride, start == null ? 0 : start[r], accumulate, slope);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FourRows<T, TColumns>(
        float* w, nint rowStride, nint innerStride, InnerRange range, float* a, float* c, nint stride, float* start, bool accumulate,
        float slope)
        where T : struct, ILanes<T>
        where TColumns : struct, ITileSide
    {
        T c00 = start == null ? T.Zero : T.Create(start[0]), c01 = c00, c02 = c00, c03 = c00;
        T c10 = start == null ? T.Zero : T.Create(start[1]), c11 = c10, c12 = c10, c13 = c10;
        T c20 = start == null ? T.Zero : T.Create(start[2]), c21 = c20, c22 = c20, c23 = c20;
        T c30 = start == null ? T.Zero : T.Create(start[3]), c31 = c30, c32 = c30, c33 = c30;
        if (accumulate)
        {
            Load<T, TColumns>(c, out c00, out c01, out c02, out c03);
            Load<T, TColumns>(c + stride, out c10, out c11, out c12, out c13);
            Load<T, TColumns>(c + (2 * stride), out c20, out c21, out c22, out c23);
            Load<T, TColumns>(c + (3 * stride), out c30, out c31, out c32, out c33);
        }

        w += range.First * innerStride;
        a += range.First * stride;
        float* w2 = w + (2 * rowStride);
        for (int k = range.First; k < range.End; k++)
        {
            Load<T, TColumns>(a, out T a0, out T a1, out T a2, out T a3);
            Add<T, TColumns>(T.Create(*w), a0, a1, a2, a3, ref c00, ref c01, ref c02, ref c03);
            Add<T, TColumns>(T.Create(w[rowStride]), a0, a1, a2, a3, ref c10, ref c11, ref c12, ref c13);
            Add<T, TColumns>(T.Create(*w2), a0, a1, a2, a3, ref c20, ref c21, ref c22, ref c23);
            Add<T, TColumns>(T.Create(w2[rowStride]), a0, a1, a2, a3, ref c30, ref c31, ref c32, ref c33);
            a += stride;
            w += innerStride;
            w2 += innerStride;
        }

        Store<T, TColumns>(c00, c01, c02, c03, slope, c);
        Store<T, TColumns>(c10, c11, c12, c13, slope, c + stride);
        Store<T, TColumns>(c20, c21, c22, c23, slope, c + (2 * stride));
        Store<T, TColumns>(c30, c31, c32, c33, slope, c + (3 * stride));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void OneRow<T, TColumns>(
        float* w, nint innerStride, InnerRange range, float* a, float* c, nint stride, float start, bool accumulate, float slope)
        where T : struct, ILanes<T>
        where TColumns : struct, ITileSide
    {
        T c0 = T.Create(start), c1 = c0, c2 = c0, c3 = c0;
        if (accumulate) Load<T, TColumns>(c, out c0, out c1, out c2, out c3);
        w += range.First * innerStride;
        a += range.First * stride;
        for (int k = range.First; k < range.End; k++)
        {
            Load<T, TColumns>(a, out T a0, out T a1, out T a2, out T a3);
            Add<T, TColumns>(T.Create(*w), a0, a1, a2, a3, ref c0, ref c1, ref c2, ref c3);
            a += stride;
            w += innerStride;
        }

        Store<T, TColumns>(c0, c1, c2, c3, slope, c);
    }

    // So many vectors; those past them are never read.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load<T, TColumns>(float* source, out T v0, out T v1, out T v2, out T v3)
        where T : struct, ILanes<T>
        where TColumns : struct, ITileSide
    {
        v0 = T.Load(source);
        v1 = TColumns.Count > 1 ? T.Load(source + T.Count) : T.Zero;
        v2 = TColumns.Count > 2 ? T.Load(source + (2 * T.Count)) : T.Zero;
        v3 = TColumns.Count > 3 ? T.Load(source + (3 * T.Count)) : T.Zero;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<T, TColumns>(T factor, T a0, T a1, T a2, T a3, ref T c0, ref T c1, ref T c2, ref T c3)
        where T : struct, ILanes<T>
        where TColumns : struct, ITileSide
    {
        c0 = T.MultiplyAdd(factor, a0, c0);
        if (TColumns.Count > 1) c1 = T.MultiplyAdd(factor, a1, c1);
        if (TColumns.Count > 2) c2 = T.MultiplyAdd(factor, a2, c2);
        if (TColumns.Count > 3) c3 = T.MultiplyAdd(factor, a3, c3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<T, TColumns>(T v0, T v1, T v2, T v3, float slope, float* target)
        where T : struct, ILanes<T>
        where TColumns : struct, ITileSide
    {
        if (slope != 1)
        {
            T slopes = T.Create(slope);
            (v0, v1, v2, v3) = (Activated(v0, slopes), Activated(v1, slopes), Activated(v2, slopes), Activated(v3, slopes));
        }

        T.Store(v0, target);
        if (TColumns.Count > 1) T.Store(v1, target + T.Count);
        if (TColumns.Count > 2) T.Store(v2, target + (2 * T.Count));
        if (TColumns.Count > 3) T.Store(v3, target + (3 * T.Count));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Activated<T>(T z, T slope)
        where T : struct, ILanes<T> => T.WherePositive(z, z, z * slope);
}
