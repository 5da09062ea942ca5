namespace IadNative.Compute.Operations;

/// <summary>
/// How far a batch's codes y lie from the subspace that W spans (Lai et al., 2020), forward and backward in one. With A = Wᵀ, importance
/// weights w, rᵢ = yᵢ − yᵢ A Aᵀ, L = (λ/B) Σ wᵢ‖rᵢ‖, and U the rows uᵢ = λwᵢrᵢ/(B‖rᵢ‖), 0 where rᵢ is 0:
/// <para>
/// dy = U − (U A) Aᵀ, dA = −(yᵀ (U A) + Uᵀ (y A)).
/// </para>
/// </summary>
/// <param name="Codes">y, B × D.</param>
/// <param name="Weight">W, m × D, in the parameter block; receives d L / d W.</param>
/// <param name="CodesGradient">Receives d L / d y, B × D.</param>
/// <param name="Factor">λ.</param>
/// <param name="Accumulate">Whether both gradients are added to what is there already.</param>
internal sealed record SubspaceLoss(
    Activation Codes, TensorSlot Weight, Activation CodesGradient, float Factor = 1, bool Accumulate = false) : PlanOperation
{
    /// <inheritdoc/>
    public override IEnumerable<Activation> Writes => [CodesGradient];
}

/// <summary>
/// How far the rows of W are from being orthonormal (Lai et al., 2020): L = (λ/m²)‖W Wᵀ − I‖² over the entries,
/// dW = (4λ/m²)(W Wᵀ − I) W.
/// </summary>
/// <param name="Weight">W, m × D, in the parameter block; receives d L / d W.</param>
/// <param name="Factor">λ.</param>
/// <param name="Accumulate">Whether the gradient is added to what is there already.</param>
internal sealed record OrthogonalityLoss(TensorSlot Weight, float Factor = 1, bool Accumulate = false) : PlanOperation
{
    /// <inheritdoc/>
    public override IEnumerable<Activation> Writes => [];
}
