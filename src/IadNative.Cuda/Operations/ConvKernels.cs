using System.Runtime.InteropServices;

namespace IadNative.Cuda.Operations;

/// <summary>As in kernels/conv.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ConvolveArguments
{
    public ulong Input, Weight, Bias, Output;
    public long InputStride, WeightStride, BiasStride, OutputStride;
    public int InChannels, OutChannels, Height, Width, Samples, Doubled, Turned, TileQuads, TileRows, TileSamples;
    public float Slope;
}

/// <summary>As in kernels/conv.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ConvWeightGradientArguments
{
    public ulong Still, Shifted, Partials;
    public long StillStride, ShiftedStride;
    public int StillChannels, ShiftedChannels, StillDoubled, ShiftedDoubled, Turned, Height, Width, Samples, Chunk;
    public int TileQuads, TileRows, TileSamples, HaloWidth, HaloLines;
}

/// <summary>As in kernels/conv.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct AddPartialsArguments
{
    public ulong Partials, Sums;
    public long SumsStride;
    public int Length, Chunks;
}

/// <summary>
/// The kernels of convolutions. Which of several computes a layer follows from its channels: the one that computes least that nobody
/// wants. Sums over a batch run in chunks of samples, whose partial sums are then added up in order.
/// </summary>
internal static class ConvKernels
{
    private const int Threads = 256, Warp = 32, MostShifted = 4;

    public static readonly KernelDefinition<ConvolveArguments>
        Convolve = Convolution("convolve", outputs: 8), Convolve4 = Convolution("convolve_4", outputs: 4),
        Convolve1 = Convolution("convolve_1", outputs: 1);

    public static readonly KernelDefinition<ConvWeightGradientArguments>
        WeightGradient = Gradient("conv_weight_gradient", still: 8), WeightGradient4 = Gradient("conv_weight_gradient_4", still: 4);

    public static readonly KernelDefinition<AddPartialsArguments> AddPartials = new(
        "conv.cu", "add_partials", (in a, replicas, _) => LaunchShape.Elements(a.Length, replicas));

    /// <summary>The kernel that convolves to so many channels.</summary>
    public static KernelDefinition<ConvolveArguments> ConvolveTo(int outputs) =>
        outputs == 1 ? Convolve1 : RoundUp(outputs, 4) < RoundUp(outputs, 8) ? Convolve4 : Convolve;

    /// <summary>Rows of pixels that a thread of such a kernel computes.</summary>
    public static int RowsOfThread(int outputs) => outputs == 1 ? 2 : 1;

    /// <summary>The kernel that computes a weight's gradient, and whether images of the input lie still in it.</summary>
    public static (KernelDefinition<ConvWeightGradientArguments> Kernel, bool IsTurned) GradientOf(int outputs, int inputs)
    {
        ReadOnlySpan<(int Width, bool IsTurned)> all = [(8, false), (8, true), (4, false), (4, true)];
        (int Width, bool IsTurned) best = all[0];
        foreach ((int Width, bool IsTurned) one in all)
        {
            if (Work(one) < Work(best)) best = one;
        }

        return (best.Width == 8 ? WeightGradient : WeightGradient4, best.IsTurned);

        long Work((int Width, bool IsTurned) one) => one.IsTurned
            ? (long)RoundUp(inputs, one.Width) * outputs
            : (long)RoundUp(outputs, one.Width) * inputs;
    }

    private static KernelDefinition<ConvolveArguments> Convolution(string name, int outputs) => new("conv.cu", name, (in a, replicas, _) =>
    {
        int tiles = LaunchShape.Blocks(a.Height, a.TileRows) * LaunchShape.Blocks(a.Width, a.TileQuads * ConvTile.Quad);
        int threads = a.TileQuads * (a.TileRows / RowsOfThread(outputs)) * a.TileSamples;
        return new LaunchShape(
            checked(tiles * LaunchShape.Blocks(a.OutChannels, outputs)), LaunchShape.Blocks(a.Samples, a.TileSamples), replicas,
            RoundUp(threads, Warp));
    });

    private static KernelDefinition<ConvWeightGradientArguments> Gradient(string name, int still) => new(
        "conv.cu", name, (in a, replicas, _) => new LaunchShape(
            checked(LaunchShape.Blocks(a.StillChannels, still) * LaunchShape.Blocks(a.ShiftedChannels, MostShifted)),
            LaunchShape.Blocks(a.Samples, a.Chunk), replicas, Threads));

    private static int RoundUp(int count, int unit) => LaunchShape.Blocks(count, unit) * unit;
}
