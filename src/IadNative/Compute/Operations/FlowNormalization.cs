namespace IadNative.Compute.Operations;

/// <summary>
/// Batch normalisation as a block of a flow (Papamakarios et al., 2017): y = e^γ (x − μ)/√(v + ε) + b per feature, with the
/// batch mean μ and unbiased variance v in training and the running ones in scoring. Its log-determinant is
/// Σ (γ − ½ log(v + ε)).
/// </summary>
/// <param name="LogScale">γ in the parameter block; from 0.</param>
/// <param name="Shift">b in the parameter block; from 0.</param>
/// <param name="RunningMean">Slot in the statistics block.</param>
/// <param name="RunningVariance">Slot in the statistics block.</param>
internal sealed record FlowNorm(TensorSlot LogScale, TensorSlot Shift, TensorSlot RunningMean, TensorSlot RunningVariance)
{
    /// <summary>Added to variances.</summary>
    public const float Epsilon = 1e-5f;

    /// <summary>Share of the newest batch in the running statistics.</summary>
    public const float Momentum = 0.1f;

    /// <summary>d: features.</summary>
    public int Width => LogScale.Rows;
}

/// <summary>Flow batch normalisation forward; in training it moves the running statistics.</summary>
/// <param name="Norm">The normalisation.</param>
/// <param name="Input">x, B × d.</param>
/// <param name="Output">Receives y, B × d.</param>
/// <param name="LogDeterminantBefore">Log-determinant of the blocks before, B × 1.</param>
/// <param name="LogDeterminant">Receives that of all blocks so far, B × 1.</param>
internal sealed record FlowNormForward(
    FlowNorm Norm, Activation Input, Activation Output, Activation LogDeterminantBefore, Activation LogDeterminant)
    : PlanOperation
{
    /// <inheritdoc/>
    public override IEnumerable<Activation> Writes => [Output, LogDeterminant];
}

/// <summary>
/// Flow batch normalisation backward, through μ, v and the log-determinant, whose term carries W = Σ w/B. With
/// x̂ = (x − μ)/√(v + ε) and g = e^γ dy: dγ = Σ g·x̂ − W, db = Σ dy,
/// dx = (g − (1/B) Σ g + x̂·(W − Σ g·x̂)/(B − 1))/√(v + ε).
/// </summary>
/// <param name="Norm">The normalisation.</param>
/// <param name="OutputGradient">d loss / d y, B × d; used up.</param>
/// <param name="InputGradient">Receives d loss / d x, B × d; may be the same activation.</param>
internal sealed record FlowNormBackward(FlowNorm Norm, Activation OutputGradient, Activation InputGradient) : PlanOperation
{
    /// <inheritdoc/>
    public override IEnumerable<Activation> Writes => [InputGradient];
}
