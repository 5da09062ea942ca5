namespace IadNative.Compute.Operations;

/// <summary>
/// The loss that draws a ball of least volume around the share 1 − α of a batch (Maziarka et al., 2021): the Bernstein estimator of the
/// (1 − α) quantile of the scores. With r₍₁₎ ≥ r₍₂₎ ≥ … the scores in descending order, and importance weights w,
/// <para>
/// L = Σ_{k = 1 … B} c_k·w₍ₖ₎·r₍ₖ₎, c_k = C(B, k)·αᵏ·(1 − α)^(B − k), d L / d r₍ₖ₎ = c_k·w₍ₖ₎.
/// </para>
/// <para>
/// The term of k = 0 is left out, so that the c sum to 1 − (1 − α)^B. Of equal scores those later in the batch come first. A score that
/// is not finite makes a loss that is none.
/// </para>
/// </summary>
/// <param name="Scores">r, B × 1, not negative.</param>
/// <param name="Alpha">α, in (0, 1): the share that may stay outside.</param>
/// <param name="ScoreGradient">Receives d L / d r, B × 1.</param>
internal sealed record MinimalVolumeLoss(Activation Scores, double Alpha, Activation ScoreGradient) : PlanOperation
{
    /// <inheritdoc/>
    public override IEnumerable<Activation> Writes => [ScoreGradient];
}
