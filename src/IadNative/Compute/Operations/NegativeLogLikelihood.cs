namespace IadNative.Compute.Operations;

/// <summary>
/// The anomaly score f = ½‖u‖² + (d/2)·log 2π − log|det ∂u/∂x| of each sample: its negative log-likelihood under a flow onto a
/// standard normal (Eq. 6–7).
/// </summary>
/// <param name="Output">u, B × d.</param>
/// <param name="LogDeterminant">log|det ∂u/∂x|, B × 1.</param>
/// <param name="Scores">Receives f, B × 1.</param>
internal sealed record NegativeLogLikelihood(Activation Output, Activation LogDeterminant, Activation Scores) : PlanOperation
{
    /// <inheritdoc/>
    public override IEnumerable<Activation> Writes => [Scores];
}

/// <summary>
/// The negative log-likelihood backward: du = df·u. What goes through the log-determinant, −df, is in the backward passes of
/// those who add to it, <see cref="AffineBackward"/> and <see cref="FlowNormBackward"/>.
/// </summary>
/// <param name="Output">u, B × d.</param>
/// <param name="ScoreGradient">d loss / d f, B × 1.</param>
/// <param name="OutputGradient">Receives d loss / d u, B × d.</param>
internal sealed record NegativeLogLikelihoodBackward(Activation Output, Activation ScoreGradient, Activation OutputGradient)
    : PlanOperation
{
    /// <inheritdoc/>
    public override IEnumerable<Activation> Writes => [OutputGradient];
}
