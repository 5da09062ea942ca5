using System.Runtime.Intrinsics;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Kernels;

internal static unsafe partial class Winograd
{
    /// <summary>
    /// u[o / 4][p][i][j][o % 4] = (G·g)[p], where g is tap row j of output channel o and input channel i; computed in double and rounded once.
    /// Where outputs have phases, its taps are sums of those of the weights.
    /// </summary>
    /// <param name="weights">channels of z × channels of the images × 25.</param>
    /// <param name="zChannels">Channels of z, each with its phases.</param>
    /// <param name="imageChannels">Channels of the images.</param>
    /// <param name="turned">
    /// Whether it is the way back: from z with its phases to the images, with taps turned by 180 degrees.
    /// </param>
    /// <param name="transformed">Receives outputs / 4 × points × inputs × tap rows × 4 numbers, zeros for outputs past the last.</param>
    public static void TransformWeights<TFilter>(float* weights, int zChannels, int imageChannels, bool turned, float* transformed)
        where TFilter : struct, IRowFilter<TFilter>
    {
        int phases = zChannels * TFilter.Phases, outputs = turned ? imageChannels : phases, inputs = turned ? phases : imageChannels;
        const int together = TileGrid<TFilter>.Together;
        nint point = (nint)inputs * TFilter.Taps * together;
        double* matrix = stackalloc double[TFilter.Points * TFilter.Taps], kernels = stackalloc double[TFilter.Taps * TFilter.Taps * together];
        FillMatrix<TFilter>(matrix);
        for (int o = 0; o < outputs; o += together)
        {
            for (int i = 0; i < inputs; i++)
            {
                new Span<double>(kernels, TFilter.Taps * TFilter.Taps * together).Clear();
                for (int n = 0; n < Math.Min(together, outputs - o); n++)
                {
                    (int z, int image) = turned ? (i, o + n) : (o + n, i);
                    float* taps = weights + ((((nint)(z / TFilter.Phases) * imageChannels) + image) * ConvLayer.Taps);
                    AddKernel<TFilter>(taps, z % TFilter.Phases, turned, kernels + n);
                }

                for (int j = 0; j < TFilter.Taps; j++)
                {
                    for (int p = 0; p < TFilter.Points; p++)
                    {
                        Vector256<double> sum = Vector256<double>.Zero;
                        for (int k = 0; k < TFilter.Taps; k++)
                            sum += matrix[(p * TFilter.Taps) + k] * Vector256.Load(kernels + (((j * TFilter.Taps) + k) * together));
                        Vector256.Narrow(sum, sum).GetLower().Store(transformed + (p * point) + (((i * TFilter.Taps) + j) * together));
                    }
                }
            }

            transformed += TFilter.Points * point;
        }
    }

    /// <summary>
    /// The gradient of the weights from the sums of all blocks: Gᵀ·sums for each tap row, and from it that of the weights of which its taps are
    /// sums; computed in double and rounded once.
    /// </summary>
    /// <param name="sums">What <see cref="AddProducts"/> has left.</param>
    /// <param name="zChannels">Channels of z, each with its phases.</param>
    /// <param name="imageChannels">Channels of the images.</param>
    /// <param name="turned">Whether the gradient of z was in the border.</param>
    /// <param name="gradient">Receives channels of z × channels of the images × 25 numbers.</param>
    public static void CollectProducts<TFilter>(double* sums, int zChannels, int imageChannels, bool turned, float* gradient)
        where TFilter : struct, IRowFilter<TFilter>
    {
        int phases = zChannels * TFilter.Phases, plain = turned ? imageChannels : phases, bordered = turned ? phases : imageChannels;
        const int together = TileGrid<TFilter>.Together;
        nint group = (nint)bordered * TFilter.Taps * together, point = TileGrid<TFilter>.RoundUp(plain) / together * group;
        double* matrix = stackalloc double[TFilter.Points * TFilter.Taps], kernel = stackalloc double[TFilter.Taps * TFilter.Taps];
        double* taps = stackalloc double[ConvLayer.Taps];
        FillMatrix<TFilter>(matrix);
        for (int z = 0; z < zChannels; z++)
        {
            for (int image = 0; image < imageChannels; image++)
            {
                new Span<double>(taps, ConvLayer.Taps).Clear();
                for (int phase = 0; phase < TFilter.Phases; phase++)
                {
                    int channel = (z * TFilter.Phases) + phase, q = turned ? image : channel, i = turned ? channel : image;
                    for (int j = 0; j < TFilter.Taps; j++)
                    {
                        double* source = sums + (q / together * group) + ((((nint)i * TFilter.Taps) + j) * together) + (q % together);
                        for (int k = 0; k < TFilter.Taps; k++)
                        {
                            double sum = 0;
                            for (int p = 0; p < TFilter.Points; p++) sum += matrix[(p * TFilter.Taps) + k] * source[p * point];
                            kernel[KernelTap<TFilter>(j, k, turned)] = sum;
                        }
                    }

                    for (int tap = 0; tap < ConvLayer.Taps; tap++) taps[tap] += kernel[TapOf<TFilter>(tap, phase)];
                }

                for (int tap = 0; tap < ConvLayer.Taps; tap++) *gradient++ = (float)taps[tap];
            }
        }
    }

    // Adds the taps of one pair of channels and one phase, in which several of the weights may meet, to those of four outputs side by side.
    private static void AddKernel<TFilter>(float* weights, int phase, bool turned, double* kernels)
        where TFilter : struct, IRowFilter<TFilter>
    {
        int last = (TFilter.Taps * TFilter.Taps) - 1;
        for (int tap = 0; tap < ConvLayer.Taps; tap++)
        {
            int at = TapOf<TFilter>(tap, phase);
            kernels[(turned ? last - at : at) * TileGrid<TFilter>.Together] += weights[tap];
        }
    }

    private static int KernelTap<TFilter>(int row, int column, bool turned)
        where TFilter : struct, IRowFilter<TFilter>
    {
        int at = (row * TFilter.Taps) + column;
        return turned ? (TFilter.Taps * TFilter.Taps) - 1 - at : at;
    }

    // The tap of a phase that reads what a tap of the weights does.
    private static int TapOf<TFilter>(int tap, int phase)
        where TFilter : struct, IRowFilter<TFilter> => TFilter.Phases == 1
            ? tap
            : ((((phase / 2) + (tap / ConvLayer.KernelSide)) / 2) * TFilter.Taps) + (((phase % 2) + (tap % ConvLayer.KernelSide)) / 2);

    // G: row p is (1, a, a², …) / Π (a − a′); the last one reads the last tap.
    private static void FillMatrix<TFilter>(double* matrix)
        where TFilter : struct, IRowFilter<TFilter>
    {
        ReadOnlySpan<double> numbers = TFilter.Numbers;
        for (int p = 0; p < numbers.Length; p++)
        {
            double value = 1;
            for (int other = 0; other < numbers.Length; other++)
            {
                if (other != p) value /= numbers[p] - numbers[other];
            }

            for (int k = 0; k < TFilter.Taps; k++, value *= numbers[p]) matrix[(p * TFilter.Taps) + k] = value;
        }

        for (int k = 0; k < TFilter.Taps; k++) matrix[(numbers.Length * TFilter.Taps) + k] = k == TFilter.Taps - 1 ? 1 : 0;
    }
}
