using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Cuda.Fusion;

/// <summary>
/// A training step that is nothing but MADE blocks of the same shape, each with a normalisation behind it, their negative log-likelihood,
/// and a masked step of Adam over all parameters: a masked autoregressive flow, what an epoch of can be one kernel.
/// </summary>
/// <param name="Hidden">The hidden layers of the first block.</param>
/// <param name="Affine">Its last layer: m and then a.</param>
/// <param name="Norm">Its normalisation.</param>
/// <param name="Blocks">Blocks.</param>
/// <param name="Second">The first layer of the second block; null where there is but one.</param>
/// <param name="SecondNorm">The normalisation of the second block.</param>
internal sealed record MaskedFlow(
    IReadOnlyList<DenseLayer> Hidden, DenseLayer Affine, FlowNorm Norm, int Blocks, DenseLayer? Second, FlowNorm? SecondNorm)
{
    /// <summary>The flow that a plan's training step is; null where it is something else.</summary>
    public static MaskedFlow? In(Plan plan)
    {
        if (plan.Fit is not null || plan.EpochEnd.Count > 0 || plan.Step is not [GatherBatch gather, ..]) return null;
        var rest = new Queue<PlanOperation>(plan.Step.Skip(1));
        var blocks = new List<(List<DenseLayer> Layers, FlowNorm Norm)>();
        Activation x = gather.Output;
        while (rest.TryPeek(out PlanOperation? next) && next is DenseForward)
        {
            var layers = new List<DenseLayer>();
            Activation input = x;
            while (rest.TryPeek(out next) && next is DenseForward dense && dense.Input == input)
            {
                layers.Add(dense.Layer);
                input = dense.Output;
                rest.Dequeue();
            }

            if (!rest.TryDequeue(out next) || next is not AffineForward map || map.Input != x || map.Affine != input
                || !rest.TryDequeue(out next) || next is not FlowNormForward norm || norm.Input != map.Output)
            {
                return null;
            }

            blocks.Add((layers, norm.Norm));
            x = norm.Output;
        }

        if (blocks.Count == 0
            || !blocks.TrueForAll(block =>
                IsMade(block.Layers, gather.Output.Width) && Shapes(block.Layers).SequenceEqual(Shapes(blocks[0].Layers))))
        {
            return null;
        }

        Type[] backward =
        [
            typeof(NegativeLogLikelihood), typeof(ScoreLoss), typeof(NegativeLogLikelihoodBackward),
            .. blocks.SelectMany(block =>
                (Type[])[typeof(FlowNormBackward), typeof(AffineBackward), .. block.Layers.Select(_ => typeof(DenseBackward))]),
            typeof(MaskGradient), typeof(AdamStep),
        ];
        if (!rest.Select(operation => operation.GetType()).SequenceEqual(backward)
            || rest.First() is not NegativeLogLikelihood score || score.Output != x
            || rest.Last() is not AdamStep { First: 0, Length: null, Factor: 1, Moments: 0 })
        {
            return null;
        }

        return new MaskedFlow(
            blocks[0].Layers[..^1], blocks[0].Layers[^1], blocks[0].Norm, blocks.Count,
            blocks.Count > 1 ? blocks[1].Layers[0] : null, blocks.Count > 1 ? blocks[1].Norm : null);
    }

    private static IEnumerable<(int Inputs, int Outputs, float Slope)> Shapes(List<DenseLayer> layers) =>
        layers.Select(layer => (layer.Inputs, layer.Outputs, layer.Slope));

    // Hidden layers with a ReLU, and m and a of each feature; all with biases, none normalised.
    private static bool IsMade(List<DenseLayer> layers, int features) =>
        layers.Count > 1 && layers.TrueForAll(layer => layer is { Norm: null, Bias: not null })
        && layers[^1] is { HasRelu: false } affine && affine.Outputs == 2 * features;
}
