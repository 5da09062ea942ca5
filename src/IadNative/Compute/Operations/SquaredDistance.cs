namespace IadNative.Compute.Operations;

/// <summary>
/// The anomaly score f = ‖o − p‖² of each sample, or its root, for a point p of its own or one that all share (Eq. 1, 4, 10).
/// </summary>
/// <param name="Output">o, the network's output, B × k.</param>
/// <param name="Target">p of each sample, B × k; null for a shared one.</param>
/// <param name="Center">p of all samples, k numbers of the state; null for one of each sample.</param>
/// <param name="Scores">Receives f, B × 1.</param>
/// <param name="IsRoot">Whether f is the distance, not its square.</param>
/// <param name="KeepsFeatures">Whether output j belongs to feature j though it is not compared with it.</param>
internal sealed record SquaredDistance(
    Activation Output, Activation? Target, TensorSlot? Center, Activation Scores, bool IsRoot = false, bool KeepsFeatures = false)
    : PlanOperation
{
    /// <inheritdoc/>
    public override IEnumerable<Activation> Writes => [Scores];
}

/// <summary>
/// The squared distance backward: do = 2 df (o − p); with a root do = df (o − p)/f, and 0 where f is 0.
/// </summary>
/// <param name="Output">o, B × k.</param>
/// <param name="Target">p of each sample, B × k; null for a shared one.</param>
/// <param name="Center">p of all samples, k numbers of the state; null for one of each sample.</param>
/// <param name="ScoreGradient">d loss / d f, B × 1.</param>
/// <param name="OutputGradient">Receives d loss / d o, B × k.</param>
/// <param name="Root">f, B × 1, where it is the distance; null where it is its square.</param>
internal sealed record SquaredDistanceBackward(
    Activation Output, Activation? Target, TensorSlot? Center, Activation ScoreGradient, Activation OutputGradient,
    Activation? Root = null) : PlanOperation
{
    /// <inheritdoc/>
    public override IEnumerable<Activation> Writes => [OutputGradient];
}
