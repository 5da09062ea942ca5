using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

internal static unsafe partial class Stack
{
    /// <summary>
    /// y[v][s][o] = z where z &gt; 0 and slope·z elsewhere, with z = b[v][o] + Σ_k x[v][s][k] · w[v][o][k], summed in the order of k
    /// by fused multiply-adds whatever the number of samples and vectors.
    /// </summary>
    /// <param name="x">vectors × samples × xStride.</param>
    /// <param name="xStride">Floats between two samples of x.</param>
    /// <param name="samples">Samples.</param>
    /// <param name="w">
    /// Tile after tile, and in each one vector of networks of a group after the other: b of the tile's outputs, then for each input that
    /// it sees w of its outputs, a vector each.
    /// </param>
    /// <param name="group">Vectors of networks in w.</param>
    /// <param name="skipped">How many of them come before those that are asked for.</param>
    /// <param name="vectors">Vectors of networks that are asked for.</param>
    /// <param name="tiles">The outputs.</param>
    /// <param name="slope">Slope of the ReLU; 1 for none.</param>
    /// <param name="y">Receives vectors × samples × yStride, the outputs in the order of the tiles.</param>
    /// <param name="yStride">Floats between two samples of y.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply<T>(
        float* x, nint xStride, int samples, float* w, int group, int skipped, int vectors, ReadOnlySpan<OutputTile> tiles, float slope,
        float* y, nint yStride)
        where T : struct, ILanes<T>
    {
        foreach (ref readonly OutputTile tile in tiles)
        {
            float* first = x + ((nint)tile.First * T.Count);
            int length = tile.Outputs * T.Count;
            nint weights = (nint)(tile.Inputs + 1) * length;
            float* own = w + (skipped * weights);
            if (samples == 1)
            {
                if (tile.Outputs == 4) FoursApart<T>(first, xStride, vectors, own, weights, own + weights, slope, y, yStride);
                else PairsApart<T>(first, xStride, vectors, own, weights, own + weights, slope, y, yStride);
            }
            else
            {
                float* from = first, to = y;
                for (int v = 0; v < vectors; v++)
                {
                    if (tile.Outputs == 4) Fours<T>(from, xStride, samples, own, own + weights, slope, to, yStride);
                    else Pairs<T>(from, xStride, samples, own, own + weights, slope, to, yStride);
                    from += samples * xStride;
                    own += weights;
                    to += samples * yStride;
                }
            }

            w += group * weights;
            y += length;
        }
    }

    // Of one sample each vector of networks has weights of its own; two or four vectors have enough sums for none to wait for another.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FoursApart<T>(
        float* x, nint xStride, int vectors, float* w, nint wStride, float* end, float slope, float* y, nint yStride)
        where T : struct, ILanes<T>
    {
        for (; vectors >= 2; vectors -= 2)
        {
            Tile4Apart<T>(x, xStride, w, wStride, end, slope, y, yStride);
            x += 2 * xStride;
            w += 2 * wStride;
            end += 2 * wStride;
            y += 2 * yStride;
        }

        if (vectors > 0) Tile4x1<T>(x, w, end, slope, y);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PairsApart<T>(
        float* x, nint xStride, int vectors, float* w, nint wStride, float* end, float slope, float* y, nint yStride)
        where T : struct, ILanes<T>
    {
        for (; vectors >= 4; vectors -= 4)
        {
            Tile2Apart<T>(x, xStride, w, wStride, end, slope, y, yStride);
            x += 4 * xStride;
            w += 4 * wStride;
            end += 4 * wStride;
            y += 4 * yStride;
        }

        for (; vectors > 0; vectors--)
        {
            Tile2x1<T>(x, w, end, slope, y);
            x += xStride;
            w += wStride;
            end += wStride;
            y += yStride;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Fours<T>(float* x, nint xStride, int samples, float* w, float* end, float slope, float* y, nint yStride)
        where T : struct, ILanes<T>
    {
        for (; samples >= 2; samples -= 2)
        {
            Tile4x2<T>(x, xStride, w, end, slope, y, yStride);
            x += 2 * xStride;
            y += 2 * yStride;
        }

        if (samples > 0) Tile4x1<T>(x, w, end, slope, y);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Pairs<T>(float* x, nint xStride, int samples, float* w, float* end, float slope, float* y, nint yStride)
        where T : struct, ILanes<T>
    {
        for (; samples >= 4; samples -= 4)
        {
            Tile2x4<T>(x, xStride, w, end, slope, y, yStride);
            x += 4 * xStride;
            y += 4 * yStride;
        }

        for (; samples > 0; samples--)
        {
            Tile2x1<T>(x, w, end, slope, y);
            x += xStride;
            y += yStride;
        }
    }

    /// <summary>Four outputs of two samples.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile4x2<T>(float* x, nint xStride, float* w, float* end, float slope, float* y, nint yStride)
        where T : struct, ILanes<T>
    {
        T y00 = T.Load(w), y01 = T.Load(w + T.Count), y02 = T.Load(w + (2 * T.Count)), y03 = T.Load(w + (3 * T.Count));
        T y10 = y00, y11 = y01, y12 = y02, y13 = y03;
        for (w += 4 * T.Count; w < end; w += 4 * T.Count)
        {
            T x0 = T.Load(x), x1 = T.Load(x + xStride), weight = T.Load(w);
            y00 = T.MultiplyAdd(weight, x0, y00);
            y10 = T.MultiplyAdd(weight, x1, y10);
            weight = T.Load(w + T.Count);
            y01 = T.MultiplyAdd(weight, x0, y01);
            y11 = T.MultiplyAdd(weight, x1, y11);
            weight = T.Load(w + (2 * T.Count));
            y02 = T.MultiplyAdd(weight, x0, y02);
            y12 = T.MultiplyAdd(weight, x1, y12);
            weight = T.Load(w + (3 * T.Count));
            y03 = T.MultiplyAdd(weight, x0, y03);
            y13 = T.MultiplyAdd(weight, x1, y13);
            x += T.Count;
        }

        StoreActivated(y00, y01, slope, y);
        StoreActivated(y02, y03, slope, y + (2 * T.Count));
        StoreActivated(y10, y11, slope, y + yStride);
        StoreActivated(y12, y13, slope, y + yStride + (2 * T.Count));
    }

    /// <summary>Four outputs of one sample.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile4x1<T>(float* x, float* w, float* end, float slope, float* y)
        where T : struct, ILanes<T>
    {
        T y0 = T.Load(w), y1 = T.Load(w + T.Count), y2 = T.Load(w + (2 * T.Count)), y3 = T.Load(w + (3 * T.Count));
        for (w += 4 * T.Count; w < end; w += 4 * T.Count)
        {
            T value = T.Load(x);
            y0 = T.MultiplyAdd(value, T.Load(w), y0);
            y1 = T.MultiplyAdd(value, T.Load(w + T.Count), y1);
            y2 = T.MultiplyAdd(value, T.Load(w + (2 * T.Count)), y2);
            y3 = T.MultiplyAdd(value, T.Load(w + (3 * T.Count)), y3);
            x += T.Count;
        }

        StoreActivated(y0, y1, slope, y);
        StoreActivated(y2, y3, slope, y + (2 * T.Count));
    }

    /// <summary>Two outputs of four samples.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile2x4<T>(float* x, nint xStride, float* w, float* end, float slope, float* y, nint yStride)
        where T : struct, ILanes<T>
    {
        T y00 = T.Load(w), y01 = T.Load(w + T.Count);
        T y10 = y00, y11 = y01, y20 = y00, y21 = y01, y30 = y00, y31 = y01;
        nint x3 = 3 * xStride;
        for (w += 2 * T.Count; w < end; w += 2 * T.Count)
        {
            T w0 = T.Load(w), w1 = T.Load(w + T.Count);
            T value = T.Load(x);
            y00 = T.MultiplyAdd(w0, value, y00);
            y01 = T.MultiplyAdd(w1, value, y01);
            value = T.Load(x + xStride);
            y10 = T.MultiplyAdd(w0, value, y10);
            y11 = T.MultiplyAdd(w1, value, y11);
            value = T.Load(x + (2 * xStride));
            y20 = T.MultiplyAdd(w0, value, y20);
            y21 = T.MultiplyAdd(w1, value, y21);
            value = T.Load(x + x3);
            y30 = T.MultiplyAdd(w0, value, y30);
            y31 = T.MultiplyAdd(w1, value, y31);
            x += T.Count;
        }

        StoreActivated(y00, y01, slope, y);
        StoreActivated(y10, y11, slope, y + yStride);
        StoreActivated(y20, y21, slope, y + (2 * yStride));
        StoreActivated(y30, y31, slope, y + (3 * yStride));
    }

    /// <summary>Two outputs of one sample.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile2x1<T>(float* x, float* w, float* end, float slope, float* y)
        where T : struct, ILanes<T>
    {
        T y0 = T.Load(w), y1 = T.Load(w + T.Count);
        for (w += 2 * T.Count; w < end; w += 2 * T.Count)
        {
            T value = T.Load(x);
            y0 = T.MultiplyAdd(value, T.Load(w), y0);
            y1 = T.MultiplyAdd(value, T.Load(w + T.Count), y1);
            x += T.Count;
        }

        StoreActivated(y0, y1, slope, y);
    }

    /// <summary>Four outputs of one sample for each of two vectors of networks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile4Apart<T>(float* x, nint xStride, float* w, nint wStride, float* end, float slope, float* y, nint yStride)
        where T : struct, ILanes<T>
    {
        float* other = w + wStride;
        T y00 = T.Load(w), y01 = T.Load(w + T.Count), y02 = T.Load(w + (2 * T.Count)), y03 = T.Load(w + (3 * T.Count));
        T y10 = T.Load(other), y11 = T.Load(other + T.Count), y12 = T.Load(other + (2 * T.Count)), y13 = T.Load(other + (3 * T.Count));
        other += 4 * T.Count;
        for (w += 4 * T.Count; w < end; w += 4 * T.Count)
        {
            T x0 = T.Load(x), x1 = T.Load(x + xStride);
            y00 = T.MultiplyAdd(x0, T.Load(w), y00);
            y01 = T.MultiplyAdd(x0, T.Load(w + T.Count), y01);
            y02 = T.MultiplyAdd(x0, T.Load(w + (2 * T.Count)), y02);
            y03 = T.MultiplyAdd(x0, T.Load(w + (3 * T.Count)), y03);
            y10 = T.MultiplyAdd(x1, T.Load(other), y10);
            y11 = T.MultiplyAdd(x1, T.Load(other + T.Count), y11);
            y12 = T.MultiplyAdd(x1, T.Load(other + (2 * T.Count)), y12);
            y13 = T.MultiplyAdd(x1, T.Load(other + (3 * T.Count)), y13);
            x += T.Count;
            other += 4 * T.Count;
        }

        StoreActivated(y00, y01, slope, y);
        StoreActivated(y02, y03, slope, y + (2 * T.Count));
        StoreActivated(y10, y11, slope, y + yStride);
        StoreActivated(y12, y13, slope, y + yStride + (2 * T.Count));
    }

    /// <summary>Two outputs of one sample for each of four vectors of networks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile2Apart<T>(float* x, nint xStride, float* w, nint wStride, float* end, float slope, float* y, nint yStride)
        where T : struct, ILanes<T>
    {
        nint x3 = 3 * xStride, w3 = 3 * wStride;
        T y00 = T.Load(w), y01 = T.Load(w + T.Count);
        T y10 = T.Load(w + wStride), y11 = T.Load(w + wStride + T.Count);
        T y20 = T.Load(w + (2 * wStride)), y21 = T.Load(w + (2 * wStride) + T.Count);
        T y30 = T.Load(w + w3), y31 = T.Load(w + w3 + T.Count);
        for (w += 2 * T.Count; w < end; w += 2 * T.Count)
        {
            T value = T.Load(x);
            y00 = T.MultiplyAdd(value, T.Load(w), y00);
            y01 = T.MultiplyAdd(value, T.Load(w + T.Count), y01);
            value = T.Load(x + xStride);
            y10 = T.MultiplyAdd(value, T.Load(w + wStride), y10);
            y11 = T.MultiplyAdd(value, T.Load(w + wStride + T.Count), y11);
            value = T.Load(x + (2 * xStride));
            y20 = T.MultiplyAdd(value, T.Load(w + (2 * wStride)), y20);
            y21 = T.MultiplyAdd(value, T.Load(w + (2 * wStride) + T.Count), y21);
            value = T.Load(x + x3);
            y30 = T.MultiplyAdd(value, T.Load(w + w3), y30);
            y31 = T.MultiplyAdd(value, T.Load(w + w3 + T.Count), y31);
            x += T.Count;
        }

        StoreActivated(y00, y01, slope, y);
        StoreActivated(y10, y11, slope, y + yStride);
        StoreActivated(y20, y21, slope, y + (2 * yStride));
        StoreActivated(y30, y31, slope, y + (3 * yStride));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreActivated<T>(T z0, T z1, float slope, float* y)
        where T : struct, ILanes<T>
    {
        if (slope != 1)
        {
            T factor = T.Create(slope);
            z0 = T.WherePositive(z0, z0, z0 * factor);
            z1 = T.WherePositive(z1, z1, z1 * factor);
        }

        T.Store(z0, y);
        T.Store(z1, y + T.Count);
    }
}
