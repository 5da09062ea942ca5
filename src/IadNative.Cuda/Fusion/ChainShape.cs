using System.Globalization;
using System.Text;
using IadNative.Compute.Operations;
using IadNative.Cuda.Operations;

namespace IadNative.Cuda.Fusion;

/// <summary>
/// How an epoch of a chain of dense layers is cut up among the threads of a block and laid out in its shared memory: what
/// kernels/fused/chain_epoch.cu is compiled for. Written as the header that it includes.
/// </summary>
internal sealed class ChainShape
{
    /// <summary>The kernel's file.</summary>
    public const string File = "fused/chain_epoch.cu";

    /// <summary>Most outputs of a layer.</summary>
    public const int MostOutputs = 64;

    /// <summary>Most samples of a batch, and one that joins it.</summary>
    public const int MostSamples = 257;

    private const int Lanes = 32, Banks = 32, Vector = 4, MostSplit = 8, MostRows = 16, MostSums = 80;

    // What a thread holds across a step beside what it computes with: half of the registers that 512 threads have each.
    private const int MostKept = 72;

    private readonly List<string> _layers = [];
    private int _floats;

    private ChainShape(DenseChain chain, DeviceLayout parameters, DeviceLayout statistics, int largestBatch, bool hasColumns, int threads, int buffers)
    {
        (Threads, Rows, Stride) = (threads, Up(largestBatch, 4), Up(largestBatch, 16) + 4);
        IReadOnlyList<DenseLayer> layers = chain.Layers;
        ChainTile[] tiles = [.. layers.Select((layer, i) => TileOf(layer, i + 1 < layers.Count ? layers[i + 1].Outputs : 0))];
        ChainProduct[] forwards = [.. layers.Select((layer, i) => ProductOf(tiles[i], layer.Inputs))];
        ChainProduct[] backwards = [default, .. layers.Skip(1).Select((layer, i) => ProductOf(tiles[i], layer.Outputs))];
        GradientTile[] gradients = [.. layers.Select(GradientOf)];
        int features = layers[0].Inputs, warps = threads / Lanes, mostWidth = tiles.Max(tile => tile.Width);
        var text = new StringBuilder();
        int vectors = 0, biases = 0, normalized = 0;

        // A buffer is as tall as those who read it in tiles need: as activations of a layer, as its gradient and as the next one's input.
        int Height(int layer, int width)
        {
            int height = width;
            if (layer >= 0) height = Math.Max(height, Up(layers[layer].Outputs, gradients[layer].Rows));
            if (layer > 0) height = Math.Max(height, Up(layers[layer].Outputs, backwards[layer].Split));
            if (layer + 1 < layers.Count) height = Math.Max(height, Up(layers[layer + 1].Inputs, Math.Max(gradients[layer + 1].Columns, 1)));
            if (layer + 1 < layers.Count) height = Math.Max(height, Up(layers[layer + 1].Inputs, forwards[layer + 1].Split));
            return height;
        }

        int batchFloats = Math.Max(Height(-1, features), chain.Loss == ScoreKind.Reconstruction ? tiles[^1].Width : 0) * Stride;
        int x = Take(buffers * batchFloats);
        for (int i = 0; i < layers.Count; i++)
        {
            (DenseLayer layer, ChainTile tile) = (layers[i], tiles[i]);
            int activation = Take(Height(i, tile.Width) * Stride);
            int forward = Take(Up(layer.Inputs, forwards[i].Split) * forwards[i].Stride);
            int backward = i > 0 ? Take(Up(layer.Outputs, backwards[i].Split) * backwards[i].Stride) : 0;
            int bias = Vector(layer.Bias is not null), scale = Vector(layer.Norm?.Scale is not null), shift = Vector(layer.Norm?.Shift is not null);
            int Vector(bool exists)
            {
                int place = vectors;
                vectors += exists ? tile.Width : 0;
                return place;
            }

            int Place(DeviceLayout layout, Compute.TensorSlot? slot) => slot is null ? -1 : layout.PlaceOf(slot.Offset);
            _layers.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{{{layer.Inputs}, {layer.Outputs}, {layer.Slope:0.0########}f, {tile.Groups}, {tile.Columns}, {tile.Rows}, "
                + $"{forwards[i].Split}, {forwards[i].Stride}, {backwards[i].Split}, {backwards[i].Stride}, "
                + $"{gradients[i].Rows}, {gradients[i].Columns}, {gradients[i].Split}, {Place(parameters, layer.Weight)}, {Place(parameters, layer.Bias)}, "
                + $"{Place(parameters, layer.Norm?.Scale)}, {Place(parameters, layer.Norm?.Shift)}, "
                + $"{Place(statistics, layer.Norm?.RunningMean)}, {Place(statistics, layer.Norm?.RunningVariance)}, "
                + $"{activation}, {forward}, {backward}, {bias}, {scale}, {shift}, {biases}, {normalized}}}"));
            biases += layer.Bias is null ? 0 : tile.Width;
            normalized += layer.Norm is null ? 0 : tile.Width;
            Kept += (i + 1 < layers.Count ? tile.Columns * tile.Rows : 0) + (2 * gradients[i].Owned(layer, threads));
        }

        CyclesPerStep = (warps * (forwards.Sum(product => product.Work) + backwards.Sum(product => product.Work)
            + layers.Zip(gradients).Sum(pair => pair.Second.Work(pair.First, threads, Rows)))) + (2000 * layers.Count) + 3200;
        Constant("kThreads", threads);
        Constant("kWarps", warps);
        Constant("kRows", Rows);
        Constant("kStride", Stride);
        Constant("kFeatures", features);
        Constant("kBuffers", buffers);
        Constant("kBatchFloats", batchFloats);
        Constant("kMostWidth", mostWidth);
        Constant("kBiases", biases);
        Constant("kX", x);
        Constant("kPartial", Take(2 * warps * mostWidth));
        Constant("kMeans", Take(2 * mostWidth));
        Constant("kInverses", Take(normalized));
        Constant("kStatistics", Take(2 * normalized));
        Constant("kVectors", Take(vectors));
        Constant("kVectorGradients", Take(vectors));
        Constant("kVectorMoments", Take(2 * vectors));
        Constant("kBiasPartial", Take(warps * biases));
        Constant("kCenter", Take(tiles[^1].Width));
        Constant("kRadius", Take(1));
        Constant("kFound", Take(2));
        Constant("kScores", Take(chain.Loss == ScoreKind.SoftBoundary ? Rows : 0));
        Constant("kImportance", Take(2 * Rows));
        Constant("kRowsOfBatches", Take(2 * Rows));
        Constant("kColumns", Take(features));
        Constant("kOffsets", Take(features));
        Constant("kScales", Take(features));
        Constant("kCorrections", Take(2 * threads));
        Constant("kSharedBytes", SharedBytes);
        Header = $$"""
            // The shape of a chain: layers, and the places of everything in shared memory, in floats.
            #include "fused/chain.cuh"

            namespace chain {

            constexpr ChainLoss kLoss = {{chain.Loss switch { ScoreKind.Distance => "ONE_CLASS", ScoreKind.SoftBoundary => "SOFT_BOUNDARY", _ => "RECONSTRUCTION" }}};
            constexpr int kLayers = {{layers.Count}};
            constexpr ChainLayer kChain[kLayers] = {
                {{string.Join(",\n    ", _layers)}},
            };
            constexpr bool kHasColumns = {{(hasColumns ? "true" : "false")}};
            {{text}}
            } // namespace chain

            """;

        void Constant(string name, int value) => text.Append(CultureInfo.InvariantCulture, $"constexpr int {name} = {value};\n");
    }

    /// <summary>Threads of a block.</summary>
    public int Threads { get; }

    /// <summary>Dynamic shared memory of a block, in bytes.</summary>
    public int SharedBytes => _floats * sizeof(float);

    /// <summary>
    /// Cycles of a step, about: products as they are shared out, and what stands around those of each layer. Fitted to what an NVIDIA
    /// H200 takes (bench/results/fused-epoch-2026-11.md).
    /// </summary>
    public double CyclesPerStep { get; }

    /// <summary>The text of the header that the kernel includes.</summary>
    public string Header { get; }

    // Samples that there is room for, and the numbers from one feature's to the next one's.
    private int Rows { get; }

    private int Stride { get; }

    // Numbers that a thread keeps in registers across a step.
    private int Kept { get; }

    /// <summary>The shape of a chain; null where a block cannot hold it.</summary>
    /// <param name="chain">The chain.</param>
    /// <param name="parameters">Where its parameters lie in device memory.</param>
    /// <param name="statistics">Where its running statistics lie.</param>
    /// <param name="largestBatch">Samples of the largest batch.</param>
    /// <param name="hasColumns">Whether each replica sees columns of its own.</param>
    /// <param name="mostSharedBytes">Shared memory that a block can have.</param>
    /// <param name="threads">Threads of a block.</param>
    public static ChainShape? Of(DenseChain chain, DeviceLayout parameters, DeviceLayout statistics, int largestBatch, bool hasColumns, int mostSharedBytes,
        int threads = 256)
    {
        if (largestBatch > MostSamples || chain.Layers.Any(layer => layer.Outputs > MostOutputs)) return null;
        foreach (int buffers in (int[])[2, 1])
        {
            var shape = new ChainShape(chain, parameters, statistics, largestBatch, hasColumns, threads, buffers);
            if (shape.SharedBytes <= mostSharedBytes && shape.Kept <= MostKept * 512 / threads) return shape;
        }

        return null;
    }

    private static int Up(int count, int multiple) => (count + multiple - 1) / multiple * multiple;

    // 16 bytes aligned.
    private int Take(int floats)
    {
        int place = _floats;
        _floats += Up(floats, 4);
        return place;
    }

    // The tile of least work in the products that lead to it, forward from the layer's inputs and backward from the outputs of the next.
    private ChainTile TileOf(DenseLayer layer, int nextOutputs)
    {
        ChainTile best = default;
        double least = double.MaxValue;
        for (int groups = 1; groups <= Lanes; groups *= 2)
        {
            int rows = 1;
            while (rows * (Threads / groups) < Rows) rows *= 2;
            if (rows > MostRows) continue;
            var tile = new ChainTile(groups, Up(layer.Outputs, groups) / groups, rows);
            double work = ProductOf(tile, layer.Inputs).Work + (nextOutputs > 0 ? ProductOf(tile, nextOutputs).Work : 0);
            if (work >= least) continue;
            (best, least) = (tile, work);
        }

        return best;
    }

    // How neighbours share a product out. A multiprocessor hands 32 numbers from shared memory to registers in the time of 128
    // multiply-adds, and as many from lane to lane.
    private static ChainProduct ProductOf(ChainTile tile, int inner)
    {
        ChainProduct best = new(1, 0, double.MaxValue);
        for (int split = 1; split <= Math.Min(MostSplit, tile.Groups); split *= 2)
        {
            int taken = tile.Columns * split, sums = taken * tile.Rows;
            if (split > 1 && (sums > MostSums || taken % Vector != 0)) continue;
            double work = (Up(inner, split) / split * (tile.Rows + taken + (sums / 8.0))) + (tile.Columns * tile.Rows * (split - 1));
            if (work >= best.Work) continue;
            best = new ChainProduct(split, StrideOf(tile, split), work);
        }

        return best;
    }

    // A row of the weight, so that the lanes that are served together read different banks.
    private static int StrideOf(ChainTile tile, int split)
    {
        int taken = tile.Columns * split, vector = taken % 4 == 0 ? 4 : taken % 2 == 0 ? 2 : 1, width = Up(tile.Width, 4);
        return Enumerable.Range(0, 8).Select(pad => width + (4 * pad)).MinBy(stride =>
            Enumerable.Range(0, Lanes / vector).Select(lane => (lane % split * stride) + (lane % tile.Groups / split * vector)).Distinct()
                .CountBy(place => place % Banks / vector).Max(bank => bank.Value));
    }

    private GradientTile GradientOf(DenseLayer layer)
    {
        GradientTile best = default;
        double least = double.MaxValue;
        foreach (int rows in (int[])[4, 8])
        {
            for (int columns = 1; columns <= 9; columns++)
            {
                var tile = new GradientTile(rows, columns, 1);
                int split = 1;
                while (split < Lanes && tile.Tiles(layer) * split * 2 <= Threads) split *= 2;
                tile = tile with { Split = split };
                double work = tile.Work(layer, Threads, Rows);
                if (work >= least) continue;
                (best, least) = (tile, work);
            }
        }

        return best;
    }

    // Of a layer's outputs, a thread has so many columns of so many rows; groups of threads, neighbours, have all columns.
    private readonly record struct ChainTile(int Groups, int Columns, int Rows)
    {
        public int Width => Groups * Columns;
    }

    // How many neighbours share a product out, the numbers of a row of its weight, and what it costs.
    private readonly record struct ChainProduct(int Split, int Stride, double Work);

    // A tile of a weight's gradient: so many outputs by so many inputs, its samples split among so many threads.
    private readonly record struct GradientTile(int Rows, int Columns, int Split)
    {
        public int Tiles(DenseLayer layer) => Up(layer.Outputs, Rows) / Rows * (Up(layer.Inputs, Columns) / Columns);

        public int Owned(DenseLayer layer, int threads) => Passes(layer, threads) * OwnedOfPass;

        // As of products, and Adam for what is owned.
        public double Work(DenseLayer layer, int threads, int samples)
        {
            double quadruples = Math.Ceiling(samples / 4.0 / Split), sums = Rows * Columns;
            return Passes(layer, threads) * ((quadruples * ((4 * (Rows + Columns)) + (sums / 2))) + sums - OwnedOfPass + (15.0 * OwnedOfPass));
        }

        private int OwnedOfPass => ((Rows * Columns) + Split - 1) / Split;

        private int Passes(DenseLayer layer, int threads) => Up(Tiles(layer) * Split, threads) / threads;
    }
}
