namespace IadNative.Compute.Operations;

/// <summary>
/// Sets a part of the state to the mean of an activation over all rows that the replica trains on, in scoring mode, kept away from
/// zero: so Deep SVDD places its center, which a network without biases could otherwise map everything to.
/// </summary>
/// <param name="Output">The activation, of width k.</param>
/// <param name="Mean">k numbers of the state.</param>
internal sealed record MeanOutput(Activation Output, TensorSlot Mean) : PlanOperation
{
    /// <summary>The least magnitude of a component.</summary>
    public const float LeastMagnitude = 0.1f;

    /// <inheritdoc/>
    public override IEnumerable<Activation> Writes => [];

    /// <summary>The component itself, or ±0.1 where its magnitude is below 0.1; zero becomes +0.1.</summary>
    public static float KeepAwayFromZero(float component) =>
        component >= LeastMagnitude || component <= -LeastMagnitude || float.IsNaN(component) ? component
        : component < 0 ? -LeastMagnitude
        : LeastMagnitude;
}
