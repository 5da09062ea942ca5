using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Operations;
using IadNative.Compute.Cpu.Stacked;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Scoring;

/// <summary>
/// Bytes that scoring with a plan takes at most, counted in 64 bits before any of them is allocated. They are those of the widest
/// vectors, so that a model that fits on one machine fits on all.
/// </summary>
internal static class ScoringSize
{
    private const int Lanes = 16;

    // What a step and its activations take beside their numbers, with the lists that compiling needs for a moment; and a network.
    private const int StepBytes = 4096, NetworkBytes = 1024;

    // What compiling keeps and needs for each output of a layer: ranges, tiles, places, their order.
    private const int OutputBytes = 160;

    private const int CacheLine = 16;

    /// <summary>The buffers that a thread scores with.</summary>
    /// <exception cref="ArgumentException">A buffer would have more numbers than any can.</exception>
    public static long OfBuffers(Plan plan, bool isStacked)
    {
        long bytes = plan.Scoring.Count * (long)StepBytes + (plan.Parameters.Slots.Sum(slot => (long)slot.Rows) * OutputBytes);
        for (int i = 0; i < plan.Scoring.Count; i++)
        {
            PlanOperation operation = plan.Scoring[i];
            if (!isStacked && operation is ConvForward conv)
            {
                ConvLayer layer = conv.Layer;
                long sums = layer.Upsample ? layer.Size.Pixels : layer.BorderedPixels;
                bytes += Block(Images(layer) * Lanes) + Block(Winograd.MostSums * Lanes)
                    + Block(layer.OutputChannels * sums * Lanes) + Features(conv.Output);

                // To explain: narrower vectors keep a sample apart, and take less for the others.
                if (!layer.Upsample) bytes += Block(layer.Weight.Length);

                // Where what is a convolution meets what is none, an activation lies in both orders.
                if (i == 0 || plan.Scoring[i - 1] is not ConvForward) bytes += Features(conv.Input);
                if (i + 1 == plan.Scoring.Count || plan.Scoring[i + 1] is not ConvForward) bytes += Rows(conv.Output);
                continue;
            }

            // Those that explain stacked networks are kept apart, in twice as many rows.
            foreach (Activation written in operation.Writes) bytes += isStacked ? 3 * Stack(written) : Rows(written);
        }

        if (isStacked)
        {
            Activation widest = plan.Scoring.SelectMany(operation => operation.Writes).MaxBy(written => written.Width)!;
            bytes += (4 * Stack(widest)) + (plan.Scoring.Count * (long)StepBytes);
        }

        if (plan.Scoring[^1] is KernelRegression kernel) bytes += 2 * Block(RoundUp(kernel.Points.Rows));
        return bytes + (isStacked ? 0 : Block(RoundUp(plan.Features)));
    }

    /// <summary>Networks made ready for scoring, which all threads share.</summary>
    /// <exception cref="ArgumentException">A network, or all that are stacked, would have more numbers than a block can.</exception>
    public static long OfNetworks(Plan plan, int members, bool isStacked)
    {
        long scratch = plan.Parameters.Slots.Select(slot => slot.Length + (long)slot.Rows).DefaultIfEmpty().Max();
        IEnumerable<TensorSlot> slots = plan.Parameters.Slots.Concat(plan.Statistics.Slots).Concat(plan.State.Slots);
        if (!isStacked)
        {
            // Those of convolutions are arranged, and kept as they are too.
            long numbers = (3 * RoundUp(plan.Features)) + slots.Sum(slot => RoundUp(slot.Rows) * (slot.Columns + 1L))
                + plan.Scoring.OfType<ConvForward>().Sum(conv => RoundUp(ArrangedWeights(conv.Layer)));
            return members * (NetworkBytes + Block(numbers) + Block(scratch));
        }

        // Outputs come in tiles of up to four.
        long own = (2L * plan.Features) + 1 + slots.Sum(slot => (slot.Rows + 3L) * (slot.Columns + 1L));
        return NetworkBytes + Block(RoundUp(members) * own) + Block(RoundUp(members) * plan.Features) + Block(scratch);
    }

    /// <summary>The bytes of a buffer of so many numbers.</summary>
    /// <exception cref="ArgumentException">There can be none.</exception>
    public static long Block(long numbers) => numbers <= Array.MaxLength - CacheLine
        ? (numbers + (2 * CacheLine)) * sizeof(float)
        : throw new ArgumentException(
            $"Scoring needs {numbers} numbers in one piece, and at most {Array.MaxLength - CacheLine} are possible. Give the network fewer or narrower layers.");

    // Vectors of images in their border, or of some of their columns transformed.
    private static long Images(ConvLayer layer) =>
        !ConvolutionRule.IsFilteredForward(layer) ? (long)layer.InputChannels * layer.BorderedPixels
        : layer.Upsample ? TileGrid<UpsampledFilter>.Of(layer).BorderedVectors(layer.InputChannels)
        : TileGrid<SameSizeFilter>.Of(layer).BorderedVectors(layer.InputChannels);

    private static long ArrangedWeights(ConvLayer layer) =>
        !ConvolutionRule.IsFilteredForward(layer) ? layer.Weight.Length
        : layer.Upsample ? TileGrid<UpsampledFilter>.Weights(layer)
        : TileGrid<SameSizeFilter>.Weights(layer);

    private static long Rows(Activation activation) => Block((CpuScorer.BlockRows * RoundUp(activation.Width)) + Lanes);

    private static long Features(Activation activation) => Block((long)activation.Width * Padding.Stride(CpuScorer.BlockRows));

    private static long Stack(Activation activation) => Block((activation.Width + 3L) * Lanes * StackedNetworks.GroupVectors);

    private static long RoundUp(long length) => (length + Lanes - 1) / Lanes * Lanes;
}
