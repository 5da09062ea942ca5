namespace IadNative.Compute.Operations;

/// <summary>
/// Fits a Gaussian in closed form to all rows xᵢ that a replica trains on, with their importance weights wᵢ. With W = Σ wᵢ and
/// n_eff = W²/Σ wᵢ²:
/// <para>
/// μ = (1/W) Σ wᵢ xᵢ, C = (1/W) Σ wᵢ (xᵢ − μ)(xᵢ − μ)ᵀ, λ = 0.1 d/n_eff, at least 0.001 and at most 1,
/// Σ = (1 − λ) C + λ max(tr C/d, 1e-12) I = L Lᵀ.
/// </para>
/// <para>
/// The ridge bounds the condition of Σ by 1 + 1000 d, so that Σ has a Cholesky factor whatever the rows are: features without
/// variance, fewer rows than features, a single row that weighs anything. The loss is the mean weighted score per row, where the
/// scores are the squared Mahalanobis distances under Σ: (W/n) tr(Σ⁻¹ C). Weights that are all zero have no Gaussian; then, and
/// where a number is not finite, the loss is not finite and nothing is set.
/// </para>
/// </summary>
/// <param name="Gather">Brings rows together, as in a step.</param>
/// <param name="Mean">Receives μ, d numbers of the state.</param>
/// <param name="Factor">Receives L⁻¹, d × d with zeros above the diagonal, in the parameter block.</param>
/// <param name="Center">Receives L⁻¹ μ, d numbers of the state.</param>
internal sealed record GaussianFit(GatherBatch Gather, TensorSlot Mean, TensorSlot Factor, TensorSlot Center) : PlanOperation
{
    /// <summary>λ per feature and effective row.</summary>
    public const double Shrinkage = 0.1;

    /// <summary>The least λ.</summary>
    public const double LeastShrinkage = 1e-3;

    /// <summary>What the ridge takes for the mean variance where that is smaller; features are standardised.</summary>
    public const double LeastVariance = 1e-12;

    /// <inheritdoc/>
    public override IEnumerable<Activation> Writes => Gather.Writes;

    /// <summary>λ for rows of <paramref name="features"/> whose weights sum to W and their squares to <paramref name="squares"/>.</summary>
    public static double ShrinkageOf(int features, double sum, double squares) =>
        Math.Clamp(Shrinkage * features * squares / (sum * sum), LeastShrinkage, 1);

    /// <summary>(W/n) tr(Σ⁻¹ C), from what is at hand: C = (Σ − ρI)/(1 − λ), so that tr(Σ⁻¹ C) = (d − ρ‖L⁻¹‖²)/(1 − λ).</summary>
    /// <param name="features">d.</param>
    /// <param name="shrinkage">λ.</param>
    /// <param name="ridge">ρ: what is on Σ's diagonal besides (1 − λ) C.</param>
    /// <param name="trace">tr C.</param>
    /// <param name="squares">‖L⁻¹‖², the sum of its squares.</param>
    /// <param name="meanWeight">W/n.</param>
    public static double LossOf(int features, double shrinkage, double ridge, double trace, double squares, double meanWeight) =>
        meanWeight * Math.Max(0, shrinkage < 1 ? (features - (ridge * squares)) / (1 - shrinkage) : trace / ridge); // 0 but for rounding
}
