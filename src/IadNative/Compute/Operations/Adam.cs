namespace IadNative.Compute.Operations;

/// <summary>
/// One step of Adam (Kingma and Ba, 2015) over the parameter block or a part of it. A training step may have several, each with moments
/// of its own: they are taken equally often, so that the first of them counts for all.
/// </summary>
/// <param name="First">The first parameter.</param>
/// <param name="Length">How many; null for all from the first on.</param>
/// <param name="Factor">What the session's step size is multiplied with.</param>
/// <param name="Moments">Which set of moments, from 0; only the first has weight decay.</param>
internal sealed record AdamStep(int First = 0, int? Length = null, double Factor = 1, int Moments = 0) : PlanOperation
{
    /// <summary>Sets of moments lie so many numbers apart, or a multiple, so that whole vectors of every width end with a set.</summary>
    public const int MomentAlignment = 16;

    /// <summary>β₁: decay of the first moment.</summary>
    public const float Beta1 = 0.9f;

    /// <summary>β₂: decay of the second moment.</summary>
    public const float Beta2 = 0.999f;

    /// <summary>Added to the root of the second moment.</summary>
    public const float Epsilon = 1e-8f;

    /// <summary>
    /// A first moment with a smaller magnitude is zero. Over ε it moves a parameter by no more than 10⁻²² steps; left alone, one
    /// whose gradients have ceased decays into the subnormal numbers and stays there, where β₁ rounds back to the same number.
    /// </summary>
    public const float LeastFirstMoment = 1e-30f;

    /// <summary>A smaller second moment is zero: its root, corrected, is less than half a unit in the last place of ε.</summary>
    public const float LeastSecondMoment = 1e-36f;

    /// <summary>
    /// A gradient with a smaller magnitude has a square of zero where moments are dropped at every step, for the same reason: a second
    /// moment of such squares alone has a root below half a unit in the last place of ε. The CPU drops moments once in 64 steps.
    /// </summary>
    public const float LeastSquared = 1e-17f;

    /// <inheritdoc/>
    public override IEnumerable<Activation> Writes => [];
}
