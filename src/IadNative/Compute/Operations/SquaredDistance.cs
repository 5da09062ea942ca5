namespace IadNative.Compute.Operations;

/// <summary>The anomaly score f = ‖o − p‖² of each sample, for a point p of its own or one that all share (Eq. 1, 4, 10).</summary>
/// <param name="Output">o, the network's output, B × k.</param>
/// <param name="Target">p of each sample, B × k; null for a shared one.</param>
/// <param name="Center">p of all samples, k numbers of the state; null for one of each sample.</param>
/// <param name="Scores">Receives f, B × 1.</param>
internal sealed record SquaredDistance(Activation Output, Activation? Target, TensorSlot? Center, Activation Scores) : PlanOperation
{
    /// <inheritdoc/>
    public override IEnumerable<Activation> Writes => [Scores];
}

/// <summary>The squared distance backward: do = 2 df (o − p).</summary>
/// <param name="Output">o, B × k.</param>
/// <param name="Target">p of each sample, B × k; null for a shared one.</param>
/// <param name="Center">p of all samples, k numbers of the state; null for one of each sample.</param>
/// <param name="ScoreGradient">d loss / d f, B × 1.</param>
/// <param name="OutputGradient">Receives d loss / d o, B × k.</param>
internal sealed record SquaredDistanceBackward(
    Activation Output, Activation? Target, TensorSlot? Center, Activation ScoreGradient, Activation OutputGradient) : PlanOperation
{
    /// <inheritdoc/>
    public override IEnumerable<Activation> Writes => [OutputGradient];
}
