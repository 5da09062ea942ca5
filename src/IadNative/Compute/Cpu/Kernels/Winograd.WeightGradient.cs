using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

internal static unsafe partial class Winograd
{
    /// <summary>
    /// sums[p][q / 4][i][j][q % 4] += Σ over the rows y of one column of tiles and all lanes of plain[p][q][y] · bordered[p][i][y + j]: what
    /// it adds to the gradient of the weights, before Gᵀ. With the images in the border these are the tap rows of output channel q and input channel i; with the gradient of z in the border, which the
    /// way back transforms anyway, those of output channel i and input channel q, turned by 180 degrees: the sum runs over the same pairs.
    /// </summary>
    /// <param name="bordered">What <see cref="TransformBordered"/> made of the one side.</param>
    /// <param name="borderedChannels">Channels i.</param>
    /// <param name="plain">What <see cref="TransformPlain"/> made of the other.</param>
    /// <param name="plainChannels">Channels q.</param>
    /// <param name="grid">The size of all images.</param>
    /// <param name="sums">Points × plain channels / 4 × bordered channels × tap rows × 4 numbers.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddProducts<T, TFilter>(
        float* bordered, int borderedChannels, float* plain, int plainChannels, TileGrid<TFilter> grid, double* sums)
        where T : struct, ILanes<T>
        where TFilter : struct, IRowFilter<TFilter>
    {
        const int together = TileGrid<TFilter>.Together;
        nint channel = (nint)grid.BorderedRows * T.Count, plainGroup = (nint)grid.Height * together * T.Count;
        float* room = stackalloc float[together];
        int groups = TileGrid<TFilter>.RoundUp(plainChannels) / together;
        for (int p = 0; p < TFilter.Points; p++)
        {
            for (int group = 0; group < groups; group++)
            {
                for (int i = 0; i < borderedChannels; i++)
                {
                    float* image = bordered + (i * channel);
                    if (T.Count == 16)
                    {
                        Products4<T, TFilter>(image, plain, grid.Height, room, sums);
                    }
                    else
                    {
                        Products2<T, TFilter>(image, plain, grid.Height, room, sums);
                    }

                    sums += TFilter.Taps * together;
                }

                plain += plainGroup;
            }

            bordered += borderedChannels * channel;
        }
    }

    /// <summary>Four plain channels with all tap rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Products4<T, TFilter>(float* bordered, float* plain, int height, float* room, double* sums)
        where T : struct, ILanes<T>
        where TFilter : struct, IRowFilter<TFilter>
    {
        T s00 = T.Zero, s01 = T.Zero, s02 = T.Zero, s03 = T.Zero, s10 = T.Zero, s11 = T.Zero, s12 = T.Zero, s13 = T.Zero;
        T s20 = T.Zero, s21 = T.Zero, s22 = T.Zero, s23 = T.Zero, s30 = T.Zero, s31 = T.Zero, s32 = T.Zero, s33 = T.Zero;
        T s40 = T.Zero, s41 = T.Zero, s42 = T.Zero, s43 = T.Zero;
        for (int y = 0; y < height; y++)
        {
            T plain0 = T.Load(plain), plain1 = T.Load(plain + T.Count);
            T plain2 = T.Load(plain + (2 * T.Count)), plain3 = T.Load(plain + (3 * T.Count));
            T value = T.Load(bordered);
            s00 = T.MultiplyAdd(plain0, value, s00);
            s01 = T.MultiplyAdd(plain1, value, s01);
            s02 = T.MultiplyAdd(plain2, value, s02);
            s03 = T.MultiplyAdd(plain3, value, s03);
            value = T.Load(bordered + T.Count);
            s10 = T.MultiplyAdd(plain0, value, s10);
            s11 = T.MultiplyAdd(plain1, value, s11);
            s12 = T.MultiplyAdd(plain2, value, s12);
            s13 = T.MultiplyAdd(plain3, value, s13);
            value = T.Load(bordered + (2 * T.Count));
            s20 = T.MultiplyAdd(plain0, value, s20);
            s21 = T.MultiplyAdd(plain1, value, s21);
            s22 = T.MultiplyAdd(plain2, value, s22);
            s23 = T.MultiplyAdd(plain3, value, s23);
            if (TFilter.Taps == 5)
            {
                value = T.Load(bordered + (3 * T.Count));
                s30 = T.MultiplyAdd(plain0, value, s30);
                s31 = T.MultiplyAdd(plain1, value, s31);
                s32 = T.MultiplyAdd(plain2, value, s32);
                s33 = T.MultiplyAdd(plain3, value, s33);
                value = T.Load(bordered + (4 * T.Count));
                s40 = T.MultiplyAdd(plain0, value, s40);
                s41 = T.MultiplyAdd(plain1, value, s41);
                s42 = T.MultiplyAdd(plain2, value, s42);
                s43 = T.MultiplyAdd(plain3, value, s43);
            }

            bordered += T.Count;
            plain += 4 * T.Count;
        }

        AddSums(s00, s01, s02, s03, room, sums);
        AddSums(s10, s11, s12, s13, room, sums + 4);
        AddSums(s20, s21, s22, s23, room, sums + 8);
        if (TFilter.Taps != 5) return;
        AddSums(s30, s31, s32, s33, room, sums + 12);
        AddSums(s40, s41, s42, s43, room, sums + 16);
    }

    /// <summary>The same for 16 registers: two tap rows at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Products2<T, TFilter>(float* bordered, float* plain, int height, float* room, double* sums)
        where T : struct, ILanes<T>
        where TFilter : struct, IRowFilter<TFilter>
    {
        for (int j = 0; j < TFilter.Taps; j += 2)
        {
            bool isAlone = j + 1 == TFilter.Taps;
            T s00 = T.Zero, s01 = T.Zero, s02 = T.Zero, s03 = T.Zero, s10 = T.Zero, s11 = T.Zero, s12 = T.Zero, s13 = T.Zero;
            float* pixel = bordered + (j * T.Count), with = plain;
            for (int y = 0; y < height; y++)
            {
                T plain0 = T.Load(with), plain1 = T.Load(with + T.Count);
                T plain2 = T.Load(with + (2 * T.Count)), plain3 = T.Load(with + (3 * T.Count));
                T value = T.Load(pixel);
                s00 = T.MultiplyAdd(plain0, value, s00);
                s01 = T.MultiplyAdd(plain1, value, s01);
                s02 = T.MultiplyAdd(plain2, value, s02);
                s03 = T.MultiplyAdd(plain3, value, s03);
                pixel += T.Count;
                if (!isAlone)
                {
                    value = T.Load(pixel);
                    s10 = T.MultiplyAdd(plain0, value, s10);
                    s11 = T.MultiplyAdd(plain1, value, s11);
                    s12 = T.MultiplyAdd(plain2, value, s12);
                    s13 = T.MultiplyAdd(plain3, value, s13);
                }

                with += 4 * T.Count;
            }

            AddSums(s00, s01, s02, s03, room, sums + (j * 4));
            if (!isAlone) AddSums(s10, s11, s12, s13, room, sums + ((j + 1) * 4));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddSums<T>(T a, T b, T c, T d, float* room, double* sums)
        where T : struct, ILanes<T>
    {
        T.StoreSums(a, b, c, d, room);
        (Vector128<double> low, Vector128<double> high) = Vector128.Widen(Vector128.Load(room));
        (Vector128.Load(sums) + low).Store(sums);
        (Vector128.Load(sums + 2) + high).Store(sums + 2);
    }
}
