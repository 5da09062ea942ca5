using System.Diagnostics.CodeAnalysis;
using IadNative.Bench.Versus.Exchange;
using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Bench.Versus;

/// <summary>Describes a plan's network to peers.</summary>
internal static class PlanDescription
{
    /// <summary>A problem with the plan's network and no work to do yet.</summary>
    public static Problem Of(Plan plan, WorkKind kind, int rows, int threads) => new()
    {
        Kind = kind,
        Loss = plan.Scoring[^1] switch
        {
            _ when plan.Step.OfType<SoftBoundaryLoss>().Any() => throw new NotSupportedException("Peers know no soft boundary."),
            SquaredDistance { Target: null } => Loss.OneClass,
            SquaredDistance => Loss.Reconstruction,
            NegativeLogLikelihood => Loss.Likelihood,
            var score => throw new NotSupportedException($"Peers do not know the score {score.GetType().Name}."),
        },
        Threads = threads,
        Features = plan.Features,
        Rows = rows,
        Layers = IsFlow(plan) ? [] : [.. plan.Scoring.Select(Describe).OfType<Layer>()],
        Blocks = IsFlow(plan) ? Blocks(plan) : [],
        Rounds = 1,
    };

    private static bool IsFlow(Plan plan) => plan.Scoring[^1] is NegativeLogLikelihood;

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
