namespace IadNative.Compute.Operations;

/// <summary>
/// Batch normalisation of each unit of a dense layer, or of each channel of a convolution: running statistics and, if learned,
/// scale and shift.
/// </summary>
/// <param name="RunningMean">Slot in the statistics block.</param>
/// <param name="RunningVariance">Slot in the statistics block.</param>
/// <param name="Scale">γ in the parameter block; null for 1.</param>
/// <param name="Shift">β in the parameter block; null for 0.</param>
internal sealed record BatchNorm(TensorSlot RunningMean, TensorSlot RunningVariance, TensorSlot? Scale, TensorSlot? Shift)
{
    /// <summary>Added to variances before the square root.</summary>
    public const float Epsilon = 1e-4f;

    /// <summary>Share of the newest batch in the running statistics.</summary>
    public const float Momentum = 0.1f;
}
