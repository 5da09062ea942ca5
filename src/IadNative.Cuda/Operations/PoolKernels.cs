using System.Runtime.InteropServices;

namespace IadNative.Cuda.Operations;

/// <summary>As in kernels/pool.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MaxPoolForwardArguments
{
    public ulong Input, Output;
    public long InputStride, OutputStride, Count;
    public int Width;
}

/// <summary>As in kernels/pool.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MaxPoolBackwardArguments
{
    public ulong Input, OutputGradient, InputGradient;
    public long InputStride, OutputStride, Count;
    public int Width;
}

/// <summary>As in kernels/pool.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct UpsampleBackwardArguments
{
    public ulong OutputGradient, InputGradient;
    public long OutputStride, InputStride, Count;
    public int Width;
}

/// <summary>The kernels that halve images and double them.</summary>
internal static class PoolKernels
{
    public static readonly KernelDefinition<MaxPoolForwardArguments> MaxPoolForward = new(
        "pool.cu", "max_pool_forward", (in a, replicas, _) => LaunchShape.Elements(a.Count, replicas));

    public static readonly KernelDefinition<MaxPoolBackwardArguments> MaxPoolBackward = new(
        "pool.cu", "max_pool_backward", (in a, replicas, _) => LaunchShape.Elements(a.Count, replicas));

    public static readonly KernelDefinition<UpsampleBackwardArguments> UpsampleBackward = new(
        "pool.cu", "upsample_backward", (in a, replicas, _) => LaunchShape.Elements(a.Count, replicas));
}
