using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Kernels;

/// <summary>
/// Convolutions of 5 × 5 taps on a block of as many samples as a vector has lanes. In a block the images of a channel lie pixel
/// after pixel, each pixel a vector, channel after channel. A bordered image has two more rows and columns of zeros on every
/// side, so that no output is a special case.
/// </summary>
internal static unsafe partial class Convolution
{
    /// <summary>
    /// z[o][y][x] = start[o] + Σ_i Σ_j Σ_k w[o][i][j][k] · bordered[i][y + j][x + k], summed in the order of i, j, k by fused
    /// multiply-adds at every position alike, so that equal surroundings give equal bits.
    /// </summary>
    /// <param name="bordered">inputs × (height + 4) × (width + 4) vectors.</param>
    /// <param name="arranged">The weights w as <see cref="Arrange"/> leaves them.</param>
    /// <param name="start">What each channel's sums start from; null for 0.</param>
    /// <param name="inputs">Input channels.</param>
    /// <param name="outputs">Output channels.</param>
    /// <param name="height">Rows, an even number.</param>
    /// <param name="width">Columns, an even number.</param>
    /// <param name="z">Receives outputs × height × width vectors.</param>
    /// <param name="step">Floats between two pixels of z.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward<T>(
        float* bordered, float* arranged, float* start, int inputs, int outputs, int height, int width, float* z, nint step)
        where T : struct, ILanes<T>
    {
        nint row = (nint)(width + (2 * ConvLayer.Border)) * T.Count, plane = row * (height + (2 * ConvLayer.Border));
        nint zRow = width * step, zPlane = height * zRow;
        int o = 0;
        for (; o + 4 <= outputs; o += 4)
        {
            float* first = start == null ? null : start + o;
            for (int y = 0; y < height; y += 2)
            {
                for (int x = 0; x < width; x += 2)
                {
                    float* source = bordered + (y * row) + ((nint)x * T.Count), target = z + (y * zRow) + (x * step);
                    if (T.Count == 16)
                    {
                        // 512-bit vectors come with 32 registers, which hold twice the sums.
                        Tile4x2x2<T>(source, row, plane, arranged, first, inputs, target, step, zRow, zPlane);
                    }
                    else
                    {
                        Tile4x1x2<T>(source, row, plane, arranged, first, inputs, target, step, zPlane);
                        Tile4x1x2<T>(source + row, row, plane, arranged, first, inputs, target + zRow, step, zPlane);
                    }
                }
            }

            arranged += 4 * inputs * ConvLayer.Taps;
            z += 4 * zPlane;
        }

        for (; o < outputs; o++)
        {
            float first = start == null ? 0 : start[o];
            for (int y = 0; y < height; y += 2)
            {
                float* source = bordered + (y * row), target = z + (y * zRow);
                int x = 0;
                for (; x + 4 <= width; x += 4)
                {
                    Tile1x2x4<T>(source, row, plane, arranged, first, inputs, target, step, zRow);
                    source += 4 * T.Count;
                    target += 4 * step;
                }

                if (x < width) Tile1x2x2<T>(source, row, plane, arranged, first, inputs, target, step, zRow);
            }

            arranged += inputs * ConvLayer.Taps;
            z += zPlane;
        }
    }

    /// <summary>Four channels of two rows and two columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile4x2x2<T>(
        float* a, nint row, nint plane, float* w, float* start, int inputs, float* z, nint step, nint zRow, nint zPlane)
        where T : struct, ILanes<T>
    {
        T z00 = start == null ? T.Zero : T.Create(start[0]), z01 = z00, z02 = z00, z03 = z00;
        T z10 = start == null ? T.Zero : T.Create(start[1]), z11 = z10, z12 = z10, z13 = z10;
        T z20 = start == null ? T.Zero : T.Create(start[2]), z21 = z20, z22 = z20, z23 = z20;
        T z30 = start == null ? T.Zero : T.Create(start[3]), z31 = z30, z32 = z30, z33 = z30;
        for (int i = 0; i < inputs; i++)
        {
            float* line = a;
            for (int j = 0; j < ConvLayer.KernelSide; j++)
            {
                float* pixel = line;
                for (int k = 0; k < ConvLayer.KernelSide; k++)
                {
                    T w0 = T.Create(w[0]), w1 = T.Create(w[1]), w2 = T.Create(w[2]), w3 = T.Create(w[3]);
                    T value = T.Load(pixel);
                    z00 = T.MultiplyAdd(w0, value, z00);
                    z10 = T.MultiplyAdd(w1, value, z10);
                    z20 = T.MultiplyAdd(w2, value, z20);
                    z30 = T.MultiplyAdd(w3, value, z30);
                    value = T.Load(pixel + T.Count);
                    z01 = T.MultiplyAdd(w0, value, z01);
                    z11 = T.MultiplyAdd(w1, value, z11);
                    z21 = T.MultiplyAdd(w2, value, z21);
                    z31 = T.MultiplyAdd(w3, value, z31);
                    value = T.Load(pixel + row);
                    z02 = T.MultiplyAdd(w0, value, z02);
                    z12 = T.MultiplyAdd(w1, value, z12);
                    z22 = T.MultiplyAdd(w2, value, z22);
                    z32 = T.MultiplyAdd(w3, value, z32);
                    value = T.Load(pixel + row + T.Count);
                    z03 = T.MultiplyAdd(w0, value, z03);
                    z13 = T.MultiplyAdd(w1, value, z13);
                    z23 = T.MultiplyAdd(w2, value, z23);
                    z33 = T.MultiplyAdd(w3, value, z33);
                    pixel += T.Count;
                    w += 4;
                }

                line += row;
            }

            a += plane;
        }

        float* below = z + zRow;
        T.Store(z00, z);
        T.Store(z01, z + step);
        T.Store(z02, below);
        T.Store(z03, below + step);
        z += zPlane;
        below += zPlane;
        T.Store(z10, z);
        T.Store(z11, z + step);
        T.Store(z12, below);
        T.Store(z13, below + step);
        z += zPlane;
        below += zPlane;
        T.Store(z20, z);
        T.Store(z21, z + step);
        T.Store(z22, below);
        T.Store(z23, below + step);
        z += zPlane;
        below += zPlane;
        T.Store(z30, z);
        T.Store(z31, z + step);
        T.Store(z32, below);
        T.Store(z33, below + step);
    }

    /// <summary>Four channels of one row and two columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile4x1x2<T>(
        float* a, nint row, nint plane, float* w, float* start, int inputs, float* z, nint step, nint zPlane)
        where T : struct, ILanes<T>
    {
        T z00 = start == null ? T.Zero : T.Create(start[0]), z01 = z00;
        T z10 = start == null ? T.Zero : T.Create(start[1]), z11 = z10;
        T z20 = start == null ? T.Zero : T.Create(start[2]), z21 = z20;
        T z30 = start == null ? T.Zero : T.Create(start[3]), z31 = z30;
        for (int i = 0; i < inputs; i++)
        {
            float* line = a;
            for (int j = 0; j < ConvLayer.KernelSide; j++)
            {
                float* pixel = line;
                for (int k = 0; k < ConvLayer.KernelSide; k++)
                {
                    T left = T.Load(pixel), right = T.Load(pixel + T.Count);
                    T factor = T.Create(w[0]);
                    z00 = T.MultiplyAdd(factor, left, z00);
                    z01 = T.MultiplyAdd(factor, right, z01);
                    factor = T.Create(w[1]);
                    z10 = T.MultiplyAdd(factor, left, z10);
                    z11 = T.MultiplyAdd(factor, right, z11);
                    factor = T.Create(w[2]);
                    z20 = T.MultiplyAdd(factor, left, z20);
                    z21 = T.MultiplyAdd(factor, right, z21);
                    factor = T.Create(w[3]);
                    z30 = T.MultiplyAdd(factor, left, z30);
                    z31 = T.MultiplyAdd(factor, right, z31);
                    pixel += T.Count;
                    w += 4;
                }

                line += row;
            }

            a += plane;
        }

        T.Store(z00, z);
        T.Store(z01, z + step);
        z += zPlane;
        T.Store(z10, z);
        T.Store(z11, z + step);
        z += zPlane;
        T.Store(z20, z);
        T.Store(z21, z + step);
        z += zPlane;
        T.Store(z30, z);
        T.Store(z31, z + step);
    }

    /// <summary>One channel of two rows and four columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile1x2x4<T>(
        float* a, nint row, nint plane, float* w, float start, int inputs, float* z, nint step, nint zRow)
        where T : struct, ILanes<T>
    {
        T z00 = T.Create(start), z01 = z00, z02 = z00, z03 = z00, z10 = z00, z11 = z00, z12 = z00, z13 = z00;
        for (int i = 0; i < inputs; i++)
        {
            float* line = a;
            for (int j = 0; j < ConvLayer.KernelSide; j++)
            {
                float* pixel = line, below = line + row;
                for (int k = 0; k < ConvLayer.KernelSide; k++)
                {
                    T factor = T.Create(*w);
                    z00 = T.MultiplyAdd(factor, T.Load(pixel), z00);
                    z01 = T.MultiplyAdd(factor, T.Load(pixel + T.Count), z01);
                    z02 = T.MultiplyAdd(factor, T.Load(pixel + (2 * T.Count)), z02);
                    z03 = T.MultiplyAdd(factor, T.Load(pixel + (3 * T.Count)), z03);
                    z10 = T.MultiplyAdd(factor, T.Load(below), z10);
                    z11 = T.MultiplyAdd(factor, T.Load(below + T.Count), z11);
                    z12 = T.MultiplyAdd(factor, T.Load(below + (2 * T.Count)), z12);
                    z13 = T.MultiplyAdd(factor, T.Load(below + (3 * T.Count)), z13);
                    pixel += T.Count;
                    below += T.Count;
                    w++;
                }

                line += row;
            }

            a += plane;
        }

        T.Store(z00, z);
        T.Store(z01, z + step);
        T.Store(z02, z + (2 * step));
        T.Store(z03, z + (3 * step));
        z += zRow;
        T.Store(z10, z);
        T.Store(z11, z + step);
        T.Store(z12, z + (2 * step));
        T.Store(z13, z + (3 * step));
    }

    /// <summary>One channel of two rows and two columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile1x2x2<T>(
        float* a, nint row, nint plane, float* w, float start, int inputs, float* z, nint step, nint zRow)
        where T : struct, ILanes<T>
    {
        T z00 = T.Create(start), z01 = z00, z10 = z00, z11 = z00;
        for (int i = 0; i < inputs; i++)
        {
            float* line = a;
            for (int j = 0; j < ConvLayer.KernelSide; j++)
            {
                float* pixel = line, below = line + row;
                for (int k = 0; k < ConvLayer.KernelSide; k++)
                {
                    T factor = T.Create(*w);
                    z00 = T.MultiplyAdd(factor, T.Load(pixel), z00);
                    z01 = T.MultiplyAdd(factor, T.Load(pixel + T.Count), z01);
                    z10 = T.MultiplyAdd(factor, T.Load(below), z10);
                    z11 = T.MultiplyAdd(factor, T.Load(below + T.Count), z11);
                    pixel += T.Count;
                    below += T.Count;
                    w++;
                }

                line += row;
            }

            a += plane;
        }

        T.Store(z00, z);
        T.Store(z01, z + step);
        z += zRow;
        T.Store(z10, z);
        T.Store(z11, z + step);
    }
}
