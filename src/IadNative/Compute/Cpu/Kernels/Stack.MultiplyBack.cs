using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

internal static unsafe partial class Stack
{
    /// <summary>
    /// <see cref="Multiply"/> on the way back by the rescale rule: input[v][s][k] = Σ_o output[v][s][o] · r · w[v][o][k], where r is the
    /// slope of the chord of output o's leaky ReLU from the first sample, the reference, to sample s. Of the reference nothing is written.
    /// </summary>
    /// <param name="output">Multipliers of the outputs, vectors × samples × yStride.</param>
    /// <param name="y">The outputs, vectors × samples × yStride.</param>
    /// <param name="yStride">Floats between two samples of y and of output.</param>
    /// <param name="samples">Samples.</param>
    /// <param name="w">As for <see cref="Multiply"/>.</param>
    /// <param name="group">Vectors of networks in w.</param>
    /// <param name="skipped">How many of them come before those that are asked for.</param>
    /// <param name="vectors">Vectors of networks that are asked for.</param>
    /// <param name="tiles">The outputs.</param>
    /// <param name="slope">Slope of the ReLU, above 0; 1 for none.</param>
    /// <param name="input">Receives multipliers of the inputs, vectors × samples × xStride.</param>
    /// <param name="xStride">Floats between two samples of input.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyBack<T>(
        float* output, float* y, nint yStride, int samples, float* w, int group, int skipped, int vectors, ReadOnlySpan<OutputTile> tiles,
        float slope, float* input, nint xStride)
        where T : struct, ILanes<T>
    {
        for (int v = 0; v < vectors; v++)
        {
            nint first = (nint)v * samples;
            for (int s = 1; s < samples; s++)
            {
                nint at = (first + s) * yStride;
                LeakyChord.Carry<T>(y + at, y + (first * yStride), slope, (int)yStride, output + at);
                new Span<float>(input + ((first + s) * xStride), (int)xStride).Clear();
            }
        }

        foreach (ref readonly OutputTile tile in tiles)
        {
            int length = tile.Outputs * T.Count;
            nint weights = (nint)(tile.Inputs + 1) * length;
            for (int v = 0; v < vectors; v++)
            {
                float* own = w + ((skipped + v) * weights) + length;
                for (int s = 1; s < samples; s++)
                {
                    nint row = ((nint)v * samples) + s;
                    float* from = output + (row * yStride), to = input + (row * xStride) + ((nint)tile.First * T.Count);
                    if (tile.Outputs == 4) AddFour<T>(from, own, tile.Inputs, to);
                    else AddPair<T>(from, own, tile.Inputs, to);
                }
            }

            w += group * weights;
            output += length;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddFour<T>(float* from, float* w, int inputs, float* to)
        where T : struct, ILanes<T>
    {
        T a = T.Load(from), b = T.Load(from + T.Count), c = T.Load(from + (2 * T.Count)), d = T.Load(from + (3 * T.Count));
        for (int k = 0; k < inputs; k++)
        {
            T first = T.MultiplyAdd(a, T.Load(w), T.Load(to)), second = c * T.Load(w + (2 * T.Count));
            first = T.MultiplyAdd(b, T.Load(w + T.Count), first);
            second = T.MultiplyAdd(d, T.Load(w + (3 * T.Count)), second);
            T.Store(first + second, to);
            w += 4 * T.Count;
            to += T.Count;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddPair<T>(float* from, float* w, int inputs, float* to)
        where T : struct, ILanes<T>
    {
        T a = T.Load(from), b = T.Load(from + T.Count);
        for (int k = 0; k < inputs; k++)
        {
            T.Store(T.MultiplyAdd(b, T.Load(w + T.Count), T.MultiplyAdd(a, T.Load(w), T.Load(to))), to);
            w += 2 * T.Count;
            to += T.Count;
        }
    }
}
