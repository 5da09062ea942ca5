namespace IadNative.Compute.Operations;

/// <summary>
/// The absolute loss of a batch, (1/B) Σ |fᵢ − tᵢ|, with d loss / d fᵢ = sign(fᵢ − tᵢ)/B and sign 0 = 0 (Pang et al., 2020). Every
/// sample counts the same: what a session is given as the importance weight of a sample is its target t.
/// </summary>
/// <param name="Scores">f, B × 1.</param>
/// <param name="ScoreGradient">Receives d loss / d f, B × 1.</param>
internal sealed record AbsoluteLoss(Activation Scores, Activation ScoreGradient) : PlanOperation
{
    /// <inheritdoc/>
    public override IEnumerable<Activation> Writes => [ScoreGradient];
}
