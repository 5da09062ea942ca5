namespace IadNative.Compute.Operations;

/// <summary>
/// The loss of a batch with a soft boundary, l = ν·R² + max(0, f − R²) (Eq. 2): (1/B) Σ wᵢ·l(xᵢ) with the importance weights w
/// (Eq. 11), so that d loss / d fᵢ = wᵢ/B where f > R² and 0 elsewhere.
/// </summary>
/// <param name="Scores">f, B × 1.</param>
/// <param name="Radius">R, one number of the state.</param>
/// <param name="Nu">ν, in (0, 1].</param>
/// <param name="ScoreGradient">Receives d loss / d f, B × 1.</param>
internal sealed record SoftBoundaryLoss(Activation Scores, TensorSlot Radius, double Nu, Activation ScoreGradient) : PlanOperation
{
    /// <inheritdoc/>
    public override IEnumerable<Activation> Writes => [ScoreGradient];
}
