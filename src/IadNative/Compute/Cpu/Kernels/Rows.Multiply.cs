using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

/// <summary>
/// Operations of scoring. Activations lie row-major: the features of a sample are one run of whole vectors, so that lanes are
/// features, a single sample fills them as well as many do, and nothing is transposed on the way in. Lanes past an activation's
/// width hold zero for every finite sample. A sample's numbers never depend on who else is in its batch.
/// </summary>
internal static unsafe partial class Rows
{
    /// <summary>
    /// y[s][r] = z where z &gt; 0 and slope·z elsewhere, with z = start[r] + Σ_k x[s][k] · w[r][k], summed in the order of k by
    /// fused multiply-adds whatever the number of samples.
    /// </summary>
    /// <param name="x">samples × xStride.</param>
    /// <param name="xStride">Floats between two samples of x.</param>
    /// <param name="samples">Samples.</param>
    /// <param name="w">The weights as <see cref="Pack"/> leaves them.</param>
    /// <param name="inner">Columns of w.</param>
    /// <param name="start">What each sum starts from, in whole vectors.</param>
    /// <param name="ranges">Per vector of sums, the columns of w that are not all zero.</param>
    /// <param name="slope">Slope of the ReLU; 1 for none.</param>
    /// <param name="y">Receives samples × yStride.</param>
    /// <param name="yStride">Floats between two samples of y.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply<T>(
        float* x, nint xStride, int samples, float* w, int inner, float* start, ReadOnlySpan<InnerRange> ranges, float slope,
        float* y, nint yStride)
        where T : struct, ILanes<T>
    {
        nint panel = (nint)inner * T.Count;
        int v = 0;
        for (; v + 2 <= ranges.Length; v += 2)
        {
            var range = new InnerRange(
                Math.Min(ranges[v].First, ranges[v + 1].First), Math.Max(ranges[v].End, ranges[v + 1].End));
            int s = 0;
            for (; s + 6 <= samples; s += 6)
                Tile6x2<T>(x + (s * xStride), xStride, w, panel, start, range, slope, y + (s * yStride), yStride);
            for (; s < samples; s++) Tile1x2<T>(x + (s * xStride), w, panel, start, range, slope, y + (s * yStride));
            w += 2 * panel;
            start += 2 * T.Count;
            y += 2 * T.Count;
        }

        if (v == ranges.Length) return;
        int last = 0;
        for (; last + 8 <= samples; last += 8)
            Tile8x1<T>(x + (last * xStride), xStride, w, start, ranges[v], slope, y + (last * yStride), yStride);
        for (; last < samples; last++) Tile1x1<T>(x + (last * xStride), w, start, ranges[v], slope, y + (last * yStride));
    }

    /// <summary>
    /// packed = w for <see cref="Multiply"/>: vector after vector of rows, and in each column after column, a row per lane. Lanes
    /// past the last row become zero.
    /// </summary>
    /// <param name="w">rows × columns, row-major.</param>
    /// <param name="rows">Rows of w.</param>
    /// <param name="columns">Columns of w.</param>
    /// <param name="lanes">Floats per vector.</param>
    /// <param name="packed">Receives columns × rows, the latter in whole vectors.</param>
    public static void Pack(float* w, int rows, int columns, int lanes, float* packed)
    {
        for (int r = 0; r < Padding.RoundUp(rows, lanes); r++)
        {
            float* target = packed + ((nint)(r / lanes) * lanes * columns) + (r % lanes);
            for (int k = 0; k < columns; k++) target[(nint)k * lanes] = r < rows ? w[((nint)r * columns) + k] : 0;
        }
    }

    /// <summary>Six samples, two vectors of sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile6x2<T>(
        float* x, nint xStride, float* w, nint panel, float* start, InnerRange range, float slope, float* y, nint yStride)
        where T : struct, ILanes<T>
    {
        T y00 = T.Load(start), y01 = T.Load(start + T.Count);
        T y10 = y00, y11 = y01, y20 = y00, y21 = y01, y30 = y00, y31 = y01, y40 = y00, y41 = y01, y50 = y00, y51 = y01;
        float* end = x + range.End;
        x += range.First;
        w += (nint)range.First * T.Count;
        nint x3 = 3 * xStride, x5 = 5 * xStride;
        for (; x < end; x++)
        {
            T w0 = T.Load(w), w1 = T.Load(w + panel);
            T value = T.Create(*x);
            y00 = T.MultiplyAdd(w0, value, y00);
            y01 = T.MultiplyAdd(w1, value, y01);
            value = T.Create(x[xStride]);
            y10 = T.MultiplyAdd(w0, value, y10);
            y11 = T.MultiplyAdd(w1, value, y11);
            value = T.Create(x[2 * xStride]);
            y20 = T.MultiplyAdd(w0, value, y20);
            y21 = T.MultiplyAdd(w1, value, y21);
            value = T.Create(x[x3]);
            y30 = T.MultiplyAdd(w0, value, y30);
            y31 = T.MultiplyAdd(w1, value, y31);
            value = T.Create(x[4 * xStride]);
            y40 = T.MultiplyAdd(w0, value, y40);
            y41 = T.MultiplyAdd(w1, value, y41);
            value = T.Create(x[x5]);
            y50 = T.MultiplyAdd(w0, value, y50);
            y51 = T.MultiplyAdd(w1, value, y51);
            w += T.Count;
        }

        StoreActivated(y00, y01, slope, y);
        StoreActivated(y10, y11, slope, y + yStride);
        StoreActivated(y20, y21, slope, y + (2 * yStride));
        StoreActivated(y30, y31, slope, y + (3 * yStride));
        StoreActivated(y40, y41, slope, y + (4 * yStride));
        StoreActivated(y50, y51, slope, y + (5 * yStride));
    }

    /// <summary>One sample, two vectors of sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile1x2<T>(float* x, float* w, nint panel, float* start, InnerRange range, float slope, float* y)
        where T : struct, ILanes<T>
    {
        T y0 = T.Load(start), y1 = T.Load(start + T.Count);
        float* end = x + range.End;
        w += (nint)range.First * T.Count;
        for (x += range.First; x < end; x++)
        {
            T value = T.Create(*x);
            y0 = T.MultiplyAdd(value, T.Load(w), y0);
            y1 = T.MultiplyAdd(value, T.Load(w + panel), y1);
            w += T.Count;
        }

        StoreActivated(y0, y1, slope, y);
    }

    /// <summary>Eight samples, one vector of sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile8x1<T>(
        float* x, nint xStride, float* w, float* start, InnerRange range, float slope, float* y, nint yStride)
        where T : struct, ILanes<T>
    {
        T y0 = T.Load(start), y1 = y0, y2 = y0, y3 = y0, y4 = y0, y5 = y0, y6 = y0, y7 = y0;
        float* end = x + range.End;
        x += range.First;
        w += (nint)range.First * T.Count;
        nint x3 = 3 * xStride, x5 = 5 * xStride, x6 = 6 * xStride, x7 = 7 * xStride;
        for (; x < end; x++)
        {
            T weights = T.Load(w);
            y0 = T.MultiplyAdd(weights, x, y0);
            y1 = T.MultiplyAdd(weights, x + xStride, y1);
            y2 = T.MultiplyAdd(weights, x + (2 * xStride), y2);
            y3 = T.MultiplyAdd(weights, x + x3, y3);
            y4 = T.MultiplyAdd(weights, x + (4 * xStride), y4);
            y5 = T.MultiplyAdd(weights, x + x5, y5);
            y6 = T.MultiplyAdd(weights, x + x6, y6);
            y7 = T.MultiplyAdd(weights, x + x7, y7);
            w += T.Count;
        }

        StoreActivated(y0, slope, y);
        StoreActivated(y1, slope, y + yStride);
        StoreActivated(y2, slope, y + (2 * yStride));
        StoreActivated(y3, slope, y + (3 * yStride));
        StoreActivated(y4, slope, y + (4 * yStride));
        StoreActivated(y5, slope, y + (5 * yStride));
        StoreActivated(y6, slope, y + (6 * yStride));
        StoreActivated(y7, slope, y + (7 * yStride));
    }

    /// <summary>One sample, one vector of sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile1x1<T>(float* x, float* w, float* start, InnerRange range, float slope, float* y)
        where T : struct, ILanes<T>
    {
        T sum = T.Load(start);
        float* end = x + range.End;
        w += (nint)range.First * T.Count;
        for (x += range.First; x < end; x++)
        {
            sum = T.MultiplyAdd(T.Load(w), x, sum);
            w += T.Count;
        }

        StoreActivated(sum, slope, y);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreActivated<T>(T z0, T z1, float slope, float* y)
        where T : struct, ILanes<T>
    {
        StoreActivated(z0, slope, y);
        StoreActivated(z1, slope, y + T.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreActivated<T>(T z, float slope, float* y)
        where T : struct, ILanes<T> => T.Store(T.WherePositive(z, z, z * T.Create(slope)), y);
}
