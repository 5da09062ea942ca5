using System.Globalization;
using IadNative.Compute;
using IadNative.Compute.Operations;
using IadNative.Cuda;
using IadNative.Cuda.Compilation;
using IadNative.Cuda.Fusion;

namespace IadNative.Bench.Gpu.Lab;

/// <summary>Rung 5: an epoch in one launch, each network by a cluster of blocks (kernels/lab/chain_cluster.cu).</summary>
internal static class ClusterKernel
{
    /// <summary>Blocks of a cluster, unless another number is tried.</summary>
    public const int Blocks = 2;

    private const int LeastMajor = 9, LossFloats = 4;

    /// <summary>The only part of an epoch.</summary>
    /// <exception cref="InvalidOperationException">The device has no clusters, or a block cannot hold its share.</exception>
    public static EpochPart Part(
        DeviceKernels kernels, FusedEpoch fused, DenseChain chain, CudaState state, SessionSpec spec, DeviceBuffer order,
        BatchSchedule schedule, int blocks, CudaDeviceInfo device)
    {
        if (device.ComputeMajor < LeastMajor) throw new InvalidOperationException($"Compute capability {device.ComputeMajor} has no clusters.");
        BlockShape shape = Shape(
            chain, state.Layout, state.StatisticsLayout, schedule.LargestBatch, state.Columns is not null, device.SharedBytes, blocks)
            ?? throw new InvalidOperationException("A block cannot hold its share of the network.");
        Kernel<ChainEpochArguments> kernel = kernels.Get(Definition(shape, blocks), shape.SharedBytes);
        return new EpochPart(() => kernel.Launch(fused.Arguments(state, spec, order, schedule), state.Replicas));
    }

    /// <summary>The kernel; a cluster per replica.</summary>
    public static KernelDefinition<ChainEpochArguments> Definition(BlockShape shape, int blocks) => new(
        new KernelFile("lab/chain_cluster.cu", shape.Header), "chain_cluster",
        (in _, replicas, _) => new LaunchShape(blocks * replicas, 1, 1, shape.Threads, shape.SharedBytes));

    /// <summary>
    /// What it is compiled for: a chain whose batches are a block's share, and behind that what blocks read of one another; null where a block
    /// cannot hold it.
    /// </summary>
    public static BlockShape? Shape(
        DenseChain chain, DeviceLayout parameters, DeviceLayout statistics, int largestBatch, bool hasColumns, int mostSharedBytes, int blocks)
    {
        mostSharedBytes -= BlockShape.StaticBytes;
        if (ChainShape.Of(chain, parameters, statistics, largestBatch, hasColumns, mostSharedBytes, blocks) is not { } shape) return null;
        var tiling = new BlockTiling(shape.Threads, BlockTiling.Up((largestBatch + blocks - 1) / blocks, 4));
        int mostWidth = chain.Layers.Select((layer, i) => i + 1 < chain.Layers.Count
            ? tiling.TileOf(layer.Outputs, layer.Inputs, chain.Layers[i + 1].Outputs)
            : tiling.TileOf(layer.Outputs, layer.Inputs)).Max(tile => tile.Width);
        int exchange = shape.SharedBytes / sizeof(float), place = exchange + (2 * 2 * shape.Threads / BlockTiling.Lanes * mostWidth) + LossFloats;
        List<int> gradients = [];
        foreach (DenseLayer layer in chain.Layers)
        {
            gradients.Add(place);
            place += tiling.GradientOf(layer.Outputs, layer.Inputs).Owned * shape.Threads;
        }

        return place * sizeof(float) > mostSharedBytes ? null : shape with
        {
            SharedBytes = place * sizeof(float),
            Header = shape.Header + string.Create(CultureInfo.InvariantCulture, $$"""
                namespace chain {

                constexpr int kBlocks = {{blocks}};
                constexpr int kExchange = {{exchange}};
                constexpr int kGradientPlaces[kLayers] = {{{string.Join(", ", gradients)}}};

                } // namespace chain

                """),
        };
    }
}
