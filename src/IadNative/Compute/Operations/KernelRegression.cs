namespace IadNative.Compute.Operations;

/// <summary>
/// The mean of a Gaussian process at points of the unit sphere, as the anomaly score: f = Σᵢ αᵢ·k(zᵢ, z) over the m points zᵢ that it
/// was fitted to, with k(a, b) = exp(−‖a − b‖²/(2·0.3²)) + aᵀb + 1 (Fan et al., 2020), where ‖a − b‖² = 2 − 2·aᵀb. Only in scoring: the
/// coefficients α are fitted outside of plans.
/// </summary>
/// <param name="Input">z, B × c.</param>
/// <param name="Points">zᵢ, m × c numbers of the state.</param>
/// <param name="Coefficients">α, m numbers of the state.</param>
/// <param name="Scores">Receives f, B × 1.</param>
internal sealed record KernelRegression(Activation Input, TensorSlot Points, TensorSlot Coefficients, Activation Scores) : PlanOperation
{
    /// <summary>By what 1 − aᵀb is divided in the exponent: the square of the length scale 0.3.</summary>
    public const double LengthScaleSquared = 0.09;

    /// <summary>Variance of the noise in the targets.</summary>
    public const double NoiseVariance = 1;

    /// <inheritdoc/>
    public override IEnumerable<Activation> Writes => [Scores];

    /// <summary>k(a, b).</summary>
    /// <param name="product">aᵀb.</param>
    public static double Kernel(double product) => Math.Exp(Math.Min(product - 1, 0) / LengthScaleSquared) + product + 1;
}
