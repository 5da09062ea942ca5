using IadNative.Compute;
using IadNative.Compute.Operations;
using IadNative.Cuda.Operations;
using static IadNative.Cuda.Fusion.BlockShape;
using static IadNative.Cuda.Fusion.BlockTiling;

namespace IadNative.Cuda.Fusion;

/// <summary>How an epoch of a chain of dense layers is cut up and laid out: what kernels/fused/chain_epoch.cu is compiled for.</summary>
internal static class ChainShape
{
    /// <summary>The kernel's file.</summary>
    public const string File = "fused/chain_epoch.cu";

    // Numbers that a thread may keep in registers across a step, beside those that it computes with.
    private const int MostKept = 144;

    /// <summary>The shape of a chain; null where a block cannot hold it.</summary>
    /// <param name="chain">The chain.</param>
    /// <param name="parameters">Where its parameters lie in device memory.</param>
    /// <param name="statistics">Where its running statistics lie.</param>
    /// <param name="largestBatch">Samples of the largest batch.</param>
    /// <param name="hasColumns">Whether each replica sees columns of its own.</param>
    /// <param name="mostSharedBytes">Shared memory that a block can have.</param>
    /// <param name="blocks">Blocks that share a batch out (kernels/lab/chain_cluster.cu).</param>
    public static BlockShape? Of(
        DenseChain chain, DeviceLayout parameters, DeviceLayout statistics, int largestBatch, bool hasColumns, int mostSharedBytes,
        int blocks = 1)
    {
        if (largestBatch > MostSamples || chain.Layers.Any(layer => layer.Outputs > MostOutputs)) return null;
        foreach (int buffers in (int[])[2, 1])
        {
            if (Of(chain, parameters, statistics, largestBatch, hasColumns, blocks, buffers, out int kept) is { } shape
                && shape.SharedBytes <= mostSharedBytes && kept <= MostKept)
            {
                return shape;
            }
        }

        return null;
    }

    private static BlockShape Of(
        DenseChain chain, DeviceLayout parameters, DeviceLayout statistics, int largestBatch, bool hasColumns, int blocks,
        int buffers, out int kept)
    {
        const int threads = AllThreads, warps = threads / Lanes;
        int share = (largestBatch + blocks - 1) / blocks, rows = Up(share, 4), stride = Up(share, 16) + 4;
        var tiling = new BlockTiling(threads, rows);
        IReadOnlyList<DenseLayer> layers = chain.Layers;
        OutputTile[] tiles = [.. layers.Select((layer, i) => i + 1 < layers.Count
            ? tiling.TileOf(layer.Outputs, layer.Inputs, layers[i + 1].Outputs)
            : tiling.TileOf(layer.Outputs, layer.Inputs))];
        SharedProduct[] forwards = [.. layers.Select((layer, i) => ProductOf(tiles[i], layer.Inputs))];
        SharedProduct[] backwards = [default, .. layers.Skip(1).Select((layer, i) => ProductOf(tiles[i], layer.Outputs))];
        GradientTile[] gradients = [.. layers.Select(layer => tiling.GradientOf(layer.Outputs, layer.Inputs))];
        int features = layers[0].Inputs, mostWidth = tiles.Max(tile => tile.Width), vectors = 0, biases = 0, normalized = 0;
        var layout = new BlockLayout();
        var lines = new List<string>();
        kept = 0;
        int batchFloats = Height(-1, features) * stride;
        layout.Tell("kBatchFloats", batchFloats);
        layout.Take("kX", buffers * batchFloats);
        for (int i = 0; i < layers.Count; i++)
        {
            (DenseLayer layer, OutputTile tile) = (layers[i], tiles[i]);
            int activation = layout.Take(Height(i, layer.Outputs) * stride);
            int forward = layout.Take(Up(layer.Inputs, forwards[i].Split) * forwards[i].Stride);
            int backward = i > 0 ? layout.Take(Up(layer.Outputs, backwards[i].Split) * backwards[i].Stride) : 0;
            int bias = Vector(layer.Bias), scale = Vector(layer.Norm?.Scale), shift = Vector(layer.Norm?.Shift);
            lines.Add(LayerLine(
                layer, i - 1, tile, forwards[i], backwards[i], gradients[i],
                [
                    PlaceOf(parameters, layer.Weight), PlaceOf(parameters, layer.Bias), PlaceOf(parameters, layer.Norm?.Scale),
                    PlaceOf(parameters, layer.Norm?.Shift),
                ],
                [PlaceOf(statistics, layer.Norm?.RunningMean), PlaceOf(statistics, layer.Norm?.RunningVariance)],
                [activation, forward, backward, bias, scale, shift, biases, normalized]));
            biases += layer.Bias is null ? 0 : tile.Width;
            normalized += layer.Norm is null ? 0 : tile.Width;
            kept += (i + 1 < layers.Count ? tile.Columns * tile.Rows : 0) + (2 * gradients[i].Owned);

            int Vector(TensorSlot? slot)
            {
                int place = vectors;
                vectors += slot is null ? 0 : tile.Width;
                return place;
            }
        }

        layout.Tell("kBuffers", buffers);
        layout.TellBlock(tiling, stride, features, mostWidth, biases);
        layout.Take("kPartial", 2 * warps * mostWidth);
        layout.Take("kMeans", 2 * mostWidth);
        layout.Take("kInverses", normalized);
        layout.Take("kStatistics", 2 * normalized);
        layout.Take("kVectors", vectors);
        layout.Take("kVectorGradients", vectors);
        layout.Take("kVectorMoments", 2 * vectors);
        layout.Take("kBiasPartial", warps * biases);
        layout.Take("kCenter", tiles[^1].Width);
        layout.Take("kNothing", 1);
        layout.Take("kRadius", 1);
        layout.Take("kFound", 2);
        layout.Take("kScores", chain.Loss == ScoreKind.SoftBoundary ? blocks * rows : 0);
        layout.TakeBatch(tiling, features);
        layout.Tell("kSharedBytes", layout.Floats * sizeof(float));
        string loss = chain.Loss switch
        {
            ScoreKind.Distance => "ONE_CLASS",
            ScoreKind.SoftBoundary => "SOFT_BOUNDARY",
            _ => "RECONSTRUCTION",
        };
        double products = forwards.Concat(backwards).Sum(product => product.Work) + gradients.Sum(tile => tile.Work);
        return new BlockShape(
            threads, layout.Floats * sizeof(float), HeaderOf(loss, lines, hasColumns, layout),
            (warps * products) + (2000 * layers.Count) + 3200);

        // A buffer is as tall as those who read it in tiles need: as activations of a layer, as its gradient and as the next one's input.
        int Height(int layer, int width)
        {
            int height = width;
            if (layer >= 0) height = Math.Max(height, Up(width, gradients[layer].Rows));
            if (layer > 0) height = Math.Max(height, Up(width, backwards[layer].Split));
            if (layer + 1 < layers.Count)
                height = Math.Max(height, Math.Max(Up(width, gradients[layer + 1].Columns), Up(width, forwards[layer + 1].Split)));
            return height;
        }
    }
}
