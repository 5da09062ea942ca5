using IadNative.Compute;
using IadNative.Compute.Operations;
using IadNative.Models;

namespace IadNative;

/// <summary>Soft-boundary Deep SVDD: the loss is hinged at a radius R, which follows a quantile of the distances (Eq. 1–3).</summary>
public sealed record SoftBoundarySvdd : DeepSvdd
{
    private const int LastWarmUpEpoch = 10;

    /// <summary>ν (Eq. 2): the fraction of a batch left outside the hypersphere, in (0, 1].</summary>
    public double Nu { get; init; } = 0.1;

    /// <inheritdoc/>
    public override string Name => "svdd-soft";

    /// <inheritdoc/>
    public override string Title => "Deep SVDD, soft boundary";

    /// <inheritdoc/>
    public override bool HasBoundary => true;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        OptionRange.Require(Nu is > 0 and <= 1, nameof(Nu), Nu, "above 0, at most 1");
    }

    internal override float Boundary(Plan plan, ReadOnlySpan<float> state) => RadiusIn(plan, state) * RadiusIn(plan, state);

    private protected override PlanOperation LossOf(Activation scores, TensorSlot radius, Activation scoreGradient) =>
        new SoftBoundaryLoss(scores, radius, Nu, scoreGradient);

    private protected override PlanOperation UpdateOf(Activation scores, TensorSlot radius, int epochs) =>
        new RadiusUpdate(scores, radius, Nu, Math.Min(LastWarmUpEpoch, epochs / 2));
}
