using System.Runtime.InteropServices;

namespace IadNative.Cuda.Operations;

/// <summary>As in kernels/channelnorm.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ChannelSumArguments
{
    public ulong Values, Partials;
    public long Stride;
    public int Pixels, Samples, Chunk;
}

/// <summary>As in kernels/channelnorm.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ChannelSquaresArguments
{
    public ulong Values, Sums, Squares;
    public long Stride;
    public int Pixels, Samples, Chunk;
}

/// <summary>As in kernels/channelnorm.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ChannelNormForwardArguments
{
    public ulong Product, Sums, Squares, Scale, Shift, RunningMean, RunningVariance, Normalized, Inverse, Output;
    public long Stride, ParameterStride, StatisticsStride;
    public int Pixels, Samples, Chunk;
    public float Slope, Epsilon, Momentum;
}

/// <summary>As in kernels/channelnorm.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ChannelGradientSumsArguments
{
    public ulong Gradient, Output, Normalized, Sums, Products;
    public long Stride;
    public int Pixels, Samples, Chunk;
    public float Slope;
}

/// <summary>As in kernels/channelnorm.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ChannelNormBackwardArguments
{
    public ulong Gradient, Normalized, Inverse, Sums, Products, Scale, ScaleGradient, ShiftGradient;
    public long Stride, ParameterStride;
    public int Pixels, Samples, Chunk;
}

/// <summary>The kernels of batch norm over channels. They are launched for the layer's output channels.</summary>
internal static class ChannelNormKernels
{
    private const int Threads = 256;

    public static readonly KernelDefinition<ChannelSumArguments> ChannelSum = new(
        "channelnorm.cu", "channel_sum", (in a, replicas, channels) => Channels(channels, a.Samples, a.Chunk, replicas));

    public static readonly KernelDefinition<ChannelSquaresArguments> ChannelSquares = new(
        "channelnorm.cu", "channel_squares", (in a, replicas, channels) => Channels(channels, a.Samples, a.Chunk, replicas));

    public static readonly KernelDefinition<ChannelNormForwardArguments> ChannelNormForward = new(
        "channelnorm.cu", "channel_norm_forward", (in a, replicas, channels) => Channels(channels, a.Samples, a.Chunk, replicas));

    public static readonly KernelDefinition<ChannelGradientSumsArguments> ChannelGradientSums = new(
        "channelnorm.cu", "channel_gradient_sums", (in a, replicas, channels) => Channels(channels, a.Samples, a.Chunk, replicas));

    public static readonly KernelDefinition<ChannelNormBackwardArguments> ChannelNormBackward = new(
        "channelnorm.cu", "channel_norm_backward", (in a, replicas, channels) => Channels(channels, a.Samples, a.Chunk, replicas));

    /// <summary>A block per channel and chunk of samples.</summary>
    private static LaunchShape Channels(int channels, int samples, int chunk, int replicas) =>
        new(channels, LaunchShape.Blocks(samples, chunk), replicas, Threads);
}
