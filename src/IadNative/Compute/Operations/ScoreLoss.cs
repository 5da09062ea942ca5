namespace IadNative.Compute.Operations;

/// <summary>
/// The loss of a batch whose samples lose what they score, l = f: (1/B) Σ wᵢ·fᵢ with the importance weights w (Eq. 11), so that
/// d loss / d fᵢ = wᵢ/B.
/// </summary>
/// <param name="Scores">f, B × 1.</param>
/// <param name="ScoreGradient">Receives d loss / d f, B × 1.</param>
internal sealed record ScoreLoss(Activation Scores, Activation ScoreGradient) : PlanOperation
{
    /// <inheritdoc/>
    public override IEnumerable<Activation> Writes => [ScoreGradient];
}
