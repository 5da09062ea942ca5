namespace IadNative.Compute;

/// <summary>
/// Batch normalisation as a block of a flow (Papamakarios et al., 2017): y = e^γ (x − μ)/√(v + ε) + b per feature, with the
/// batch mean μ and unbiased variance v in training and the running ones in scoring. Its log-determinant is
/// Σ (γ − ½ log(v + ε)).
/// </summary>
/// <param name="LogScale">γ in the parameter block; from 0.</param>
/// <param name="Shift">b in the parameter block; from 0.</param>
/// <param name="RunningMean">Slot in the statistics block.</param>
/// <param name="RunningVariance">Slot in the statistics block.</param>
public sealed record FlowNorm(TensorSlot LogScale, TensorSlot Shift, TensorSlot RunningMean, TensorSlot RunningVariance)
{
    /// <summary>Added to variances.</summary>
    public const float Epsilon = 1e-5f;

    /// <summary>Share of the newest batch in the running statistics.</summary>
    public const float Momentum = 0.1f;

    /// <summary>d: features.</summary>
    public int Width => LogScale.Rows;
}
