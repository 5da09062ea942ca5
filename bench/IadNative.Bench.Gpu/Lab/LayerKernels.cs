using System.Runtime.InteropServices;
using IadNative.Compute;
using IadNative.Cuda;
using IadNative.Cuda.Compilation;
using IadNative.Cuda.Fusion;

namespace IadNative.Bench.Gpu.Lab;

/// <summary>As in kernels/lab/chain_layer.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ChainLayerArguments
{
    public ChainEpochArguments Epoch;
    public ulong Between;
    public int Step;
}

/// <summary>Rung 2: a step as a launch per layer and direction.</summary>
internal static class LayerKernels
{
    /// <summary>The only part of an epoch.</summary>
    public static EpochPart Part(
        DeviceKernels kernels, DeviceArena arena, FusedEpoch fused, int layers, CudaState state, SessionSpec spec, DeviceBuffer order,
        BatchSchedule schedule)
    {
        BlockShape shape = fused.Shape;
        DeviceBuffer between = arena.Reserve<byte>(2L * shape.SharedBytes * state.Replicas);
        Kernel<ChainLayerArguments>[] forward = Kernels("chain_forward"), backward = Kernels("chain_backward");
        Kernel<ChainLayerArguments>[] step = [.. forward, .. backward.Reverse()];
        return new EpochPart(() =>
        {
            ChainEpochArguments epoch = fused.Arguments(state, spec, order, schedule);
            for (int number = 0; number < schedule.Count; number++)
            {
                foreach (Kernel<ChainLayerArguments> kernel in step)
                    kernel.Launch(new ChainLayerArguments { Epoch = epoch, Between = between.Address, Step = number }, state.Replicas);
            }
        });

        Kernel<ChainLayerArguments>[] Kernels(string name) =>
        [
            .. Enumerable.Range(0, layers).Select(layer => kernels.Get(
                new KernelDefinition<ChainLayerArguments>(
                    new KernelFile("lab/chain_layer.cu", $"{shape.Header}namespace chain {{\nconstexpr int kLayer = {layer};\n}} // namespace chain\n"),
                    name, (in _, replicas, _) => new LaunchShape(replicas, 1, 1, shape.Threads, shape.SharedBytes)),
                shape.SharedBytes)),
        ];
    }
}
