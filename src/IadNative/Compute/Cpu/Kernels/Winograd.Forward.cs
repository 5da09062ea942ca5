using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

internal static unsafe partial class Winograd
{
    /// <summary>Vectors of room for the sums of four channels and four rows.</summary>
    public const int MostSums = 16 * 8;

    // Input channels whose products are summed before they meet those of others, so that many have no larger error than few.
    private const int ChannelsOfSum = 2;

    /// <summary>
    /// z[o][y][x] = start[o] + Σ_i Σ_j Σ_k w[o][i][j][k] · image[i][y + j − border][x + k − border] for one column of tiles: at each
    /// point m[p][o] = Σ_i Σ_j u[p][o][i][j] · transformed[p][i][y + j], and z = start + Aᵀ·m.
    /// </summary>
    /// <param name="transformed">What <see cref="TransformBordered"/> made of the images.</param>
    /// <param name="weights">What <see cref="TransformWeights"/> made of w.</param>
    /// <param name="start">What each channel's sums start from, for each phase alike; null for 0.</param>
    /// <param name="inputs">Input channels.</param>
    /// <param name="outputs">Output channels.</param>
    /// <param name="grid">The size of all images.</param>
    /// <param name="column">Which column of tiles.</param>
    /// <param name="z">Receives the output.</param>
    /// <param name="sums">Room for <see cref="MostSums"/> vectors.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward<T, TFilter>(
        float* transformed, float* weights, float* start, int inputs, int outputs, TileGrid<TFilter> grid, int column, in ImagePlanes z,
        float* sums)
        where T : struct, ILanes<T>
        where TFilter : struct, IRowFilter<TFilter>
    {
        const int together = TileGrid<TFilter>.Together;
        nint channel = (nint)grid.BorderedRows * T.Count, point = inputs * channel;
        int x = column * TileGrid<TFilter>.Tile, width = grid.Width - x;
        for (int o = 0; o < outputs; o += together)
        {
            for (int y = 0, rows; y < grid.Height; y += rows)
            {
                // 512-bit vectors come with 32 registers, which hold twice the sums.
                rows = T.Count == 16 ? Math.Clamp(grid.Height - y, 2, 4) : 2;
                float* image = transformed + ((nint)y * T.Count);
                if (rows == 4) Sums<T, TFilter, Four>(image, channel, point, weights, inputs, sums);
                else if (rows == 3) Sums<T, TFilter, Three>(image, channel, point, weights, inputs, sums);
                else Sums<T, TFilter, Two>(image, channel, point, weights, inputs, sums);
                for (int n = o; n < Math.Min(o + together, outputs); n++)
                {
                    T from = start == null ? T.Zero : T.Create(start[n / z.Phases]);
                    float* target = z.Channel(n) + (y * z.Row) + (x * z.Pixel);
                    for (int r = 0; r < Math.Min(rows, grid.Height - y); r++)
                    {
                        TFilter.Outputs(
                            sums + ((((n - o) * rows) + r) * T.Count), together * rows * T.Count, from, target, z.Pixel, width);
                        target += z.Row;
                    }
                }
            }

            weights += (nint)TFilter.Points * inputs * TFilter.Taps * together;
        }
    }

    /// <summary>Four channels of some rows at all points: sums[p][o][y] = Σ_i Σ_j u[p][i][j][o] · transformed[p][i][y + j].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sums<T, TFilter, TRows>(float* transformed, nint channel, nint point, float* u, int inputs, float* sums)
        where T : struct, ILanes<T>
        where TFilter : struct, IRowFilter<TFilter>
        where TRows : struct, ITileSide
    {
        nint output = TRows.Count * T.Count;
        for (int p = 0; p < TFilter.Points; p++)
        {
            float* image = transformed;
            for (int from = 0; from < inputs; from += ChannelsOfSum)
            {
                T s00 = T.Zero, s01 = T.Zero, s02 = T.Zero, s03 = T.Zero, s10 = T.Zero, s11 = T.Zero, s12 = T.Zero, s13 = T.Zero;
                T s20 = T.Zero, s21 = T.Zero, s22 = T.Zero, s23 = T.Zero, s30 = T.Zero, s31 = T.Zero, s32 = T.Zero, s33 = T.Zero;
                for (int i = Math.Min(ChannelsOfSum, inputs - from); i > 0; i--)
                {
                    float* pixel = image;
                    for (int j = 0; j < TFilter.Taps; j++)
                    {
                        T u0 = T.Create(u[0]), u1 = T.Create(u[1]), u2 = T.Create(u[2]), u3 = T.Create(u[3]);
                        T value = T.Load(pixel);
                        s00 = T.MultiplyAdd(u0, value, s00);
                        s10 = T.MultiplyAdd(u1, value, s10);
                        s20 = T.MultiplyAdd(u2, value, s20);
                        s30 = T.MultiplyAdd(u3, value, s30);
                        value = T.Load(pixel + T.Count);
                        s01 = T.MultiplyAdd(u0, value, s01);
                        s11 = T.MultiplyAdd(u1, value, s11);
                        s21 = T.MultiplyAdd(u2, value, s21);
                        s31 = T.MultiplyAdd(u3, value, s31);
                        if (TRows.Count > 2)
                        {
                            value = T.Load(pixel + (2 * T.Count));
                            s02 = T.MultiplyAdd(u0, value, s02);
                            s12 = T.MultiplyAdd(u1, value, s12);
                            s22 = T.MultiplyAdd(u2, value, s22);
                            s32 = T.MultiplyAdd(u3, value, s32);
                        }

                        if (TRows.Count > 3)
                        {
                            value = T.Load(pixel + (3 * T.Count));
                            s03 = T.MultiplyAdd(u0, value, s03);
                            s13 = T.MultiplyAdd(u1, value, s13);
                            s23 = T.MultiplyAdd(u2, value, s23);
                            s33 = T.MultiplyAdd(u3, value, s33);
                        }

                        pixel += T.Count;
                        u += 4;
                    }

                    image += channel;
                }

                Take<T, TRows>(s00, s01, s02, s03, from > 0, sums);
                Take<T, TRows>(s10, s11, s12, s13, from > 0, sums + output);
                Take<T, TRows>(s20, s21, s22, s23, from > 0, sums + (2 * output));
                Take<T, TRows>(s30, s31, s32, s33, from > 0, sums + (3 * output));
            }

            transformed += point;
            sums += 4 * output;
        }
    }

    // The rows of one channel, the first sums or more of them.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Take<T, TRows>(T row0, T row1, T row2, T row3, bool areMore, float* sums)
        where T : struct, ILanes<T>
        where TRows : struct, ITileSide
    {
        Take(row0, areMore, sums);
        Take(row1, areMore, sums + T.Count);
        if (TRows.Count > 2) Take(row2, areMore, sums + (2 * T.Count));
        if (TRows.Count > 3) Take(row3, areMore, sums + (3 * T.Count));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Take<T>(T value, bool isMore, float* sum)
        where T : struct, ILanes<T> => T.Store(isMore ? T.Load(sum) + value : value, sum);
}
