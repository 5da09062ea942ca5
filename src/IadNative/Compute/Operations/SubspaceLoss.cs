namespace IadNative.Compute.Operations;

/// <summary>
/// How far a batch's codes y lie from the subspace that W spans (Lai et al., 2020), forward and backward in one. With A = Wᵀ, importance
/// weights w, rᵢ = yᵢ − yᵢ A Aᵀ, L = (1/B) Σ wᵢ‖rᵢ‖, and U the rows uᵢ = wᵢrᵢ/(B‖rᵢ‖), 0 where rᵢ is 0:
/// <para>
/// dy = U − (U A) Aᵀ, dA = −(yᵀ (U A) + Uᵀ (y A)).
/// </para>
/// </summary>
/// <param name="Codes">y, B × D.</param>
/// <param name="Weight">W, m × D, in the parameter block; its gradient is set.</param>
/// <param name="CodesGradient">Receives d L / d y, B × D.</param>
internal sealed record SubspaceLoss(Activation Codes, TensorSlot Weight, Activation CodesGradient) : PlanOperation
{
    /// <inheritdoc/>
    public override IEnumerable<Activation> Writes => [CodesGradient];
}

/// <summary>
/// How far the rows of W are from being orthonormal (Lai et al., 2020): L = (1/m²)‖W Wᵀ − I‖² over the entries, dW = (4/m²)(W Wᵀ − I) W.
/// </summary>
/// <param name="Weight">W, m × D, in the parameter block; its gradient is set.</param>
internal sealed record OrthogonalityLoss(TensorSlot Weight) : PlanOperation
{
    /// <inheritdoc/>
    public override IEnumerable<Activation> Writes => [];
}
