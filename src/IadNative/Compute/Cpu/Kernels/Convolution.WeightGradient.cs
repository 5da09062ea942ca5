using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Kernels;

internal static unsafe partial class Convolution
{
    /// <summary>
    /// sums[q][p][j][k] += Σ_y Σ_x plain[q][y][x] · bordered[p][y + j][x + k], each lane for itself: what a block of samples adds
    /// to the gradient of the weights. With the images in the border and the gradient plain, these are the taps of output channel
    /// q and input channel p. With the gradient in the border, which the way back needs there anyway, and the images plain, they
    /// are the taps of output channel p and input channel q, turned by 180 degrees: the sum runs over the same pairs.
    /// </summary>
    /// <param name="bordered">borderedChannels × (height + 4) × (width + 4) vectors, zero in the border.</param>
    /// <param name="borderedChannels">Channels p.</param>
    /// <param name="plain">plainChannels × height × width vectors.</param>
    /// <param name="plainChannels">Channels q.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="sums">plainChannels × borderedChannels × 25 vectors.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddProducts<T>(
        float* bordered, int borderedChannels, float* plain, int plainChannels, int height, int width, float* sums)
        where T : struct, ILanes<T>
    {
        nint row = (nint)(width + (2 * ConvLayer.Border)) * T.Count, plane = row * (height + (2 * ConvLayer.Border));
        nint plainPlane = (nint)height * width * T.Count, side = ConvLayer.KernelSide * T.Count;
        nint sumsPlane = borderedChannels * ConvLayer.KernelSide * side;
        int q = 0;
        for (; q + 2 <= plainChannels; q += 2)
        {
            for (int p = 0; p < borderedChannels; p++)
            {
                for (int j = 0; j < ConvLayer.KernelSide; j++)
                {
                    Products2<T>(
                        bordered + (p * plane) + (j * row), plain + (q * plainPlane), plainPlane, height, width,
                        sums + (q * sumsPlane) + (((p * ConvLayer.KernelSide) + j) * side), sumsPlane);
                }
            }
        }

        if (q == plainChannels) return;
        for (int p = 0; p < borderedChannels; p++)
        {
            for (int j = 0; j < ConvLayer.KernelSide; j++)
            {
                Products1<T>(
                    bordered + (p * plane) + (j * row), plain + (q * plainPlane), height, width,
                    sums + (q * sumsPlane) + (((p * ConvLayer.KernelSide) + j) * side));
            }
        }
    }

    /// <summary>The gradient of the weights from the sums of all blocks.</summary>
    /// <param name="sums">What <see cref="AddProducts"/> has left, plain × bordered × 25 vectors.</param>
    /// <param name="outputs">Output channels.</param>
    /// <param name="inputs">Input channels.</param>
    /// <param name="turned">Whether the gradient was in the border.</param>
    /// <param name="gradient">Receives outputs × inputs × 25 numbers.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void CollectProducts<T>(float* sums, int outputs, int inputs, bool turned, float* gradient)
        where T : struct, ILanes<T>
    {
        int plainChannels = turned ? inputs : outputs, borderedChannels = turned ? outputs : inputs;
        for (int q = 0; q < plainChannels; q++)
        {
            for (int p = 0; p < borderedChannels; p++)
            {
                float* taps = gradient + ((turned ? ((nint)p * inputs) + q : ((nint)q * inputs) + p) * ConvLayer.Taps);
                for (int tap = 0; tap < ConvLayer.Taps; tap++)
                {
                    taps[turned ? ConvLayer.Taps - 1 - tap : tap] = T.Sum(T.Load(sums));
                    sums += T.Count;
                }
            }
        }
    }

    /// <summary>Two plain channels with one row of taps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Products2<T>(
        float* bordered, float* plain, nint plainPlane, int height, int width, float* sums, nint sumsPlane)
        where T : struct, ILanes<T>
    {
        T s00 = T.Zero, s01 = T.Zero, s02 = T.Zero, s03 = T.Zero, s04 = T.Zero;
        T s10 = T.Zero, s11 = T.Zero, s12 = T.Zero, s13 = T.Zero, s14 = T.Zero;
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                T plain0 = T.Load(plain), plain1 = T.Load(plain + plainPlane);
                T value = T.Load(bordered);
                s00 = T.MultiplyAdd(plain0, value, s00);
                s10 = T.MultiplyAdd(plain1, value, s10);
                value = T.Load(bordered + T.Count);
                s01 = T.MultiplyAdd(plain0, value, s01);
                s11 = T.MultiplyAdd(plain1, value, s11);
                value = T.Load(bordered + (2 * T.Count));
                s02 = T.MultiplyAdd(plain0, value, s02);
                s12 = T.MultiplyAdd(plain1, value, s12);
                value = T.Load(bordered + (3 * T.Count));
                s03 = T.MultiplyAdd(plain0, value, s03);
                s13 = T.MultiplyAdd(plain1, value, s13);
                value = T.Load(bordered + (4 * T.Count));
                s04 = T.MultiplyAdd(plain0, value, s04);
                s14 = T.MultiplyAdd(plain1, value, s14);
                bordered += T.Count;
                plain += T.Count;
            }

            bordered += 2 * ConvLayer.Border * T.Count;
        }

        Add(s00, s01, s02, s03, s04, sums);
        Add(s10, s11, s12, s13, s14, sums + sumsPlane);
    }

    /// <summary>One plain channel with one row of taps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Products1<T>(float* bordered, float* plain, int height, int width, float* sums)
        where T : struct, ILanes<T>
    {
        T s0 = T.Zero, s1 = T.Zero, s2 = T.Zero, s3 = T.Zero, s4 = T.Zero;
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                T value = T.Load(plain);
                s0 = T.MultiplyAdd(value, T.Load(bordered), s0);
                s1 = T.MultiplyAdd(value, T.Load(bordered + T.Count), s1);
                s2 = T.MultiplyAdd(value, T.Load(bordered + (2 * T.Count)), s2);
                s3 = T.MultiplyAdd(value, T.Load(bordered + (3 * T.Count)), s3);
                s4 = T.MultiplyAdd(value, T.Load(bordered + (4 * T.Count)), s4);
                bordered += T.Count;
                plain += T.Count;
            }

            bordered += 2 * ConvLayer.Border * T.Count;
        }

        Add(s0, s1, s2, s3, s4, sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<T>(T s0, T s1, T s2, T s3, T s4, float* sums)
        where T : struct, ILanes<T>
    {
        T.Store(T.Load(sums) + s0, sums);
        T.Store(T.Load(sums + T.Count) + s1, sums + T.Count);
        T.Store(T.Load(sums + (2 * T.Count)) + s2, sums + (2 * T.Count));
        T.Store(T.Load(sums + (3 * T.Count)) + s3, sums + (3 * T.Count));
        T.Store(T.Load(sums + (4 * T.Count)) + s4, sums + (4 * T.Count));
    }
}
