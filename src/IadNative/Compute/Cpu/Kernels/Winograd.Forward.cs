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

        // 512-bit vectors come with 32 registers, which hold twice the sums.
        int most = T.Count == 16 ? 4 : 2;
        for (int o = 0; o < outputs; o += together)
        {
            for (int y = 0, rows; y < grid.Height; y += rows)
            {
                rows = grid.Height - y > 2 ? most : 2;
                float* image = transformed + ((nint)y * T.Count);
                if (rows == 4) Sums4<T, TFilter>(image, channel, point, weights, inputs, sums);
                else Sums2<T, TFilter>(image, channel, point, weights, inputs, sums);
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

    /// <summary>Four channels of four rows at one point: sums[o][y] = Σ_i Σ_j u[i][j][o] · transformed[i][y + j].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sums4<T, TFilter>(
        float* transformed, nint channel, nint point, float* u, int inputs, float* sums)
        where T : struct, ILanes<T>
        where TFilter : struct, IRowFilter<TFilter>
    {
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
                        value = T.Load(pixel + (2 * T.Count));
                        s02 = T.MultiplyAdd(u0, value, s02);
                        s12 = T.MultiplyAdd(u1, value, s12);
                        s22 = T.MultiplyAdd(u2, value, s22);
                        s32 = T.MultiplyAdd(u3, value, s32);
                        value = T.Load(pixel + (3 * T.Count));
                        s03 = T.MultiplyAdd(u0, value, s03);
                        s13 = T.MultiplyAdd(u1, value, s13);
                        s23 = T.MultiplyAdd(u2, value, s23);
                        s33 = T.MultiplyAdd(u3, value, s33);
                        pixel += T.Count;
                        u += 4;
                    }

                    image += channel;
                }

                if (from == 0)
                {
                    T.Store(s00, sums);
                    T.Store(s01, sums + T.Count);
                    T.Store(s02, sums + (2 * T.Count));
                    T.Store(s03, sums + (3 * T.Count));
                    T.Store(s10, sums + (4 * T.Count));
                    T.Store(s11, sums + (5 * T.Count));
                    T.Store(s12, sums + (6 * T.Count));
                    T.Store(s13, sums + (7 * T.Count));
                    T.Store(s20, sums + (8 * T.Count));
                    T.Store(s21, sums + (9 * T.Count));
                    T.Store(s22, sums + (10 * T.Count));
                    T.Store(s23, sums + (11 * T.Count));
                    T.Store(s30, sums + (12 * T.Count));
                    T.Store(s31, sums + (13 * T.Count));
                    T.Store(s32, sums + (14 * T.Count));
                    T.Store(s33, sums + (15 * T.Count));
                    continue;
                }

                Add(s00, sums);
                Add(s01, sums + T.Count);
                Add(s02, sums + (2 * T.Count));
                Add(s03, sums + (3 * T.Count));
                Add(s10, sums + (4 * T.Count));
                Add(s11, sums + (5 * T.Count));
                Add(s12, sums + (6 * T.Count));
                Add(s13, sums + (7 * T.Count));
                Add(s20, sums + (8 * T.Count));
                Add(s21, sums + (9 * T.Count));
                Add(s22, sums + (10 * T.Count));
                Add(s23, sums + (11 * T.Count));
                Add(s30, sums + (12 * T.Count));
                Add(s31, sums + (13 * T.Count));
                Add(s32, sums + (14 * T.Count));
                Add(s33, sums + (15 * T.Count));
            }

            transformed += point;
            sums += 16 * T.Count;
        }
    }

    /// <summary>Four channels of two rows at one point.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sums2<T, TFilter>(
        float* transformed, nint channel, nint point, float* u, int inputs, float* sums)
        where T : struct, ILanes<T>
        where TFilter : struct, IRowFilter<TFilter>
    {
        for (int p = 0; p < TFilter.Points; p++)
        {
            float* image = transformed;
            for (int from = 0; from < inputs; from += ChannelsOfSum)
            {
                T s00 = T.Zero, s01 = T.Zero, s10 = T.Zero, s11 = T.Zero, s20 = T.Zero, s21 = T.Zero, s30 = T.Zero, s31 = T.Zero;
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
                        pixel += T.Count;
                        u += 4;
                    }

                    image += channel;
                }

                if (from == 0)
                {
                    T.Store(s00, sums);
                    T.Store(s01, sums + T.Count);
                    T.Store(s10, sums + (2 * T.Count));
                    T.Store(s11, sums + (3 * T.Count));
                    T.Store(s20, sums + (4 * T.Count));
                    T.Store(s21, sums + (5 * T.Count));
                    T.Store(s30, sums + (6 * T.Count));
                    T.Store(s31, sums + (7 * T.Count));
                    continue;
                }

                Add(s00, sums);
                Add(s01, sums + T.Count);
                Add(s10, sums + (2 * T.Count));
                Add(s11, sums + (3 * T.Count));
                Add(s20, sums + (4 * T.Count));
                Add(s21, sums + (5 * T.Count));
                Add(s30, sums + (6 * T.Count));
                Add(s31, sums + (7 * T.Count));
            }

            transformed += point;
            sums += 8 * T.Count;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<T>(T value, float* sum)
        where T : struct, ILanes<T> => T.Store(T.Load(sum) + value, sum);
}
