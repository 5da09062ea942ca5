using IadNative.Compute;
using IadNative.Compute.Operations;
using IadNative.Models;

namespace IadNative;

/// <summary>One-class Deep SVDD: the squared distance to the center is loss and score (Eq. 4–5).</summary>
public sealed record OneClassSvdd : DeepSvdd
{
    /// <inheritdoc/>
    public override string Name => "svdd";

    /// <inheritdoc/>
    public override string Title => "Deep SVDD";

    private protected override PlanOperation LossOf(Activation scores, TensorSlot radius, Activation scoreGradient) =>
        new ScoreLoss(scores, scoreGradient);
}
