using IadNative.Compute;
using IadNative.Compute.Operations;
using static IadNative.Cuda.Fusion.BlockShape;
using static IadNative.Cuda.Fusion.BlockTiling;

namespace IadNative.Cuda.Fusion;

/// <summary>
/// How an epoch of a masked autoregressive flow is cut up and laid out: what kernels/fused/flow_epoch.cu is compiled for.
/// </summary>
internal static class FlowShape
{
    /// <summary>The kernel's file.</summary>
    public const string File = "fused/flow_epoch.cu";

    /// <summary>The shape of a flow; null where a block cannot hold it.</summary>
    /// <param name="flow">The flow.</param>
    /// <param name="parameters">Where its parameters lie in device memory.</param>
    /// <param name="statistics">Where its running statistics lie.</param>
    /// <param name="largestBatch">Samples of the largest batch.</param>
    /// <param name="hasColumns">Whether each replica sees columns of its own.</param>
    /// <param name="mostSharedBytes">Shared memory that a block can have.</param>
    public static BlockShape? Of(
        MaskedFlow flow, DeviceLayout parameters, DeviceLayout statistics, int largestBatch, bool hasColumns, int mostSharedBytes)
    {
        int features = flow.Hidden[0].Inputs;
        if (largestBatch > MostSamples || features > MostOutputs || flow.Hidden.Any(layer => layer.Outputs > MostOutputs)) return null;
        const int threads = AllThreads, warps = threads / Lanes;
        int rows = Up(largestBatch, 4), stride = Up(largestBatch, 16) + 4;
        var tiling = new BlockTiling(threads, rows);
        List<DenseLayer> layers = Layers(flow, features);
        int hidden = layers.Count - 2;
        OutputTile feature = tiling.TileOf(features, layers[hidden].Inputs, layers[hidden].Inputs, layers[0].Outputs);
        OutputTile[] tiles =
        [
            .. Enumerable.Range(0, hidden).Select(i => i + 1 < hidden
                ? tiling.TileOf(layers[i].Outputs, layers[i].Inputs, layers[i + 1].Outputs)
                : tiling.TileOf(layers[i].Outputs, layers[i].Inputs, features, features)),
            feature, feature,
        ];
        int[] before = [.. Enumerable.Range(0, layers.Count).Select(i => i == 0 ? hidden : i < hidden ? i - 1 : hidden - 1)];
        SharedProduct[] forwards = [.. layers.Select((layer, i) => ProductOf(tiles[i], layer.Inputs))];
        SharedProduct[] backwards = [.. layers.Select((layer, i) => ProductOf(tiles[before[i]], layer.Outputs))];
        GradientTile[] gradients = [.. layers.Select(layer => tiling.GradientOf(layer.Outputs, layer.Inputs))];
        int mostWidth = tiles.Max(tile => tile.Width), vectors = 0, biases = 0;
        var layout = new BlockLayout();
        var lines = new List<string>();
        int batchFloats = Height(features, forwards[0].Split, gradients[0].Columns) * stride;
        layout.Tell("kBlocks", flow.Blocks);
        layout.Tell("kBatchFloats", batchFloats);
        layout.Take("kX", flow.Blocks * batchFloats);
        for (int i = 0; i < layers.Count; i++)
        {
            (DenseLayer layer, OutputTile tile) = (layers[i], tiles[i]);
            IEnumerable<int> readers = i < hidden - 1 ? [i + 1] : i == hidden - 1 ? [hidden, hidden + 1] : [];
            int height = Height(layer.Outputs, gradients[i].Rows, backwards[i].Split);
            foreach (int reader in readers)
                height = Math.Max(height, Height(layer.Outputs, forwards[reader].Split, gradients[reader].Columns));

            int activation = layout.Take(height * stride);
            int forward = layout.Take(Up(layer.Inputs, forwards[i].Split) * forwards[i].Stride);
            int backward = layout.Take(Up(layer.Outputs, backwards[i].Split) * backwards[i].Stride);

            // m is the upper half of the layer that has both, a the lower.
            DenseLayer whole = i < hidden ? flow.Hidden[i] : flow.Affine;
            int skipped = i == hidden + 1 ? features : 0;
            lines.Add(LayerLine(
                layer, before[i], tile, forwards[i], backwards[i], gradients[i],
                [
                    PlaceOf(parameters, whole.Weight) + (skipped * layer.Inputs), PlaceOf(parameters, whole.Bias) + skipped, -1, -1,
                ],
                [-1, -1],
                [activation, forward, backward, vectors, 0, 0, biases, 0]));
            vectors += tile.Width;
            biases += tile.Width;
        }

        layout.TellBlock(tiling, stride, features, mostWidth, biases);
        layout.Tell("kParameters", parameters.Stride);
        layout.Tell("kBlockParameters", From(parameters, flow.Hidden[0].Weight, flow.Second?.Weight));
        layout.Tell("kBlockStatistics", From(statistics, flow.Norm.RunningMean, flow.SecondNorm?.RunningMean));
        layout.Tell("kLogScale", PlaceOf(parameters, flow.Norm.LogScale));
        layout.Tell("kShift", PlaceOf(parameters, flow.Norm.Shift));
        layout.Tell("kRunningMean", PlaceOf(statistics, flow.Norm.RunningMean));
        layout.Tell("kRunningVariance", PlaceOf(statistics, flow.Norm.RunningVariance));
        layout.Take("kPartial", 2 * warps * mostWidth);
        layout.Take("kMeans", 2 * mostWidth);
        layout.Take("kNormMeans", flow.Blocks * features);
        layout.Take("kNormInverses", flow.Blocks * features);
        layout.Take("kNormScale", features);
        layout.Take("kNormShift", features);
        layout.Take("kLogs", features);
        layout.Take("kVectors", vectors);
        layout.Take("kBiasPartial", warps * biases);
        layout.TakeBatch(tiling, features);
        foreach (string unused in (string[])["kInverses", "kStatistics", "kVectorGradients", "kNothing"]) layout.Tell(unused, 0);
        layout.Tell("kSharedBytes", layout.Floats * sizeof(float));
        if (layout.Floats * sizeof(float) > mostSharedBytes) return null;
        double forwardWork = forwards.Sum(product => product.Work);
        double products = (2 * forwardWork) + backwards.Sum(product => product.Work) + gradients.Sum(tile => tile.Work);
        return new BlockShape(
            threads, layout.Floats * sizeof(float), HeaderOf("NEGATIVE_LOG_LIKELIHOOD", lines, hasColumns, layout),
            flow.Blocks * ((warps * products) + (3000 * layers.Count)));
    }

    // From a tensor of the first block to that of the second; all blocks lie as far apart.
    private static int From(DeviceLayout layout, TensorSlot first, TensorSlot? second) =>
        second is null ? 0 : PlaceOf(layout, second) - PlaceOf(layout, first);

    // The layers of a block, with m and a apart.
    private static List<DenseLayer> Layers(MaskedFlow flow, int features)
    {
        DenseLayer half = flow.Affine with { Outputs = features };
        return [.. flow.Hidden, half, half];
    }

    private static int Height(int width, int first, int second) => Math.Max(width, Math.Max(Up(width, first), Up(width, second)));
}
