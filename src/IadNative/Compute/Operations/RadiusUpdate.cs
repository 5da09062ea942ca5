namespace IadNative.Compute.Operations;

/// <summary>
/// Sets a soft boundary's radius to the (1 − ν) quantile of √f over the batch, unweighted, linearly interpolated. A score that is
/// not finite leaves it as it is: the loss says so at the end of the epoch.
/// </summary>
/// <param name="Scores">f, B × 1.</param>
/// <param name="Radius">R, one number of the state.</param>
/// <param name="Nu">ν, in (0, 1].</param>
/// <param name="FromEpoch">First epoch of a round that sets the radius; it is left alone before.</param>
internal sealed record RadiusUpdate(Activation Scores, TensorSlot Radius, double Nu, int FromEpoch) : PlanOperation
{
    /// <inheritdoc/>
    public override IEnumerable<Activation> Writes => [];
}
