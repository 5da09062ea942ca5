using System.Diagnostics.CodeAnalysis;
using IadNative.Bench.Versus.Exchange;
using IadNative.Compute;

namespace IadNative.Bench.Versus;

/// <summary>Describes a plan's network to peers.</summary>
internal static class PlanDescription
{
    /// <summary>A problem with the plan's network and no work to do yet.</summary>
    public static Problem Of(Plan plan, WorkKind kind, int rows, int threads) => new()
    {
        Kind = kind,
        Loss = plan.Loss switch
        {
            LossKind.OneClass => Loss.OneClass,
            LossKind.Reconstruction => Loss.Reconstruction,
            LossKind.NegativeLogLikelihood => Loss.Likelihood,
            _ => throw new NotSupportedException($"Peers do not know the loss {plan.Loss}."),
        },
        Threads = threads,
        Features = plan.Features,
        Rows = rows,
        Layers = plan.Loss == LossKind.NegativeLogLikelihood ? [] : [.. plan.Scoring.Select(Describe).OfType<Layer>()],
        Blocks = plan.Loss == LossKind.NegativeLogLikelihood ? Blocks(plan) : [],
        Rounds = 1,
    };

    private static List<Block> Blocks(Plan plan)
    {
        var blocks = new List<Block>();
        var layers = new List<Layer>();
        foreach (PlanOperation operation in plan.Scoring)
        {
            switch (operation)
            {
                case DenseForward dense:
                    layers.Add(Describe(dense.Layer));
                    break;
                case AffineForward:
                    blocks.Add(new Block([.. layers], null));
                    layers.Clear();
                    break;
                case FlowNormForward { Norm: var norm }:
                    blocks[^1] = blocks[^1] with
                    {
                        Norm = new BlockNorm(
                            Describe(norm.LogScale), Describe(norm.Shift), Describe(norm.RunningMean),
                            Describe(norm.RunningVariance)),
                    };
                    break;
            }
        }

        return blocks;
    }

    private static Layer? Describe(PlanOperation operation) => operation switch
    {
        DenseForward dense => Describe(dense.Layer),
        ConvForward conv => Describe(conv.Layer),
        _ => null,
    };

    private static Layer Describe(DenseLayer layer) =>
        new(Describe(layer.Weight), Describe(layer.Bias), Describe(layer.Norm), layer.Slope, Image: null);

    private static Layer Describe(ConvLayer layer) => new(
        Describe(layer.Weight), Describe(layer.Bias), Describe(layer.Norm), layer.Slope,
        new ImageLayer(layer.InputChannels, layer.OutputChannels, layer.Size.Height, layer.Size.Width, layer.Upsample, layer.Pool));

    private static LayerNorm? Describe(BatchNorm? norm) =>
        norm is null ? null : new LayerNorm(Describe(norm.RunningMean), Describe(norm.RunningVariance));

    [return: NotNullIfNotNull(nameof(slot))]
    private static Slot? Describe(TensorSlot? slot) => slot is null ? null : new(slot.Offset, slot.Rows, slot.Columns);
}
