namespace IadNative.Compute;

/// <summary>
/// Batch normalisation of each unit of a dense layer, or of each channel of a convolution: running statistics and, if learned,
/// scale and shift.
/// </summary>
/// <param name="RunningMean">Slot in the statistics block.</param>
/// <param name="RunningVariance">Slot in the statistics block.</param>
/// <param name="Scale">γ in the parameter block; null for 1.</param>
/// <param name="Shift">β in the parameter block; null for 0.</param>
public sealed record BatchNorm(TensorSlot RunningMean, TensorSlot RunningVariance, TensorSlot? Scale, TensorSlot? Shift)
{
    /// <summary>Added to variances before the square root.</summary>
    public const float Epsilon = 1e-4f;

    /// <summary>Share of the newest batch in the running statistics.</summary>
    public const float Momentum = 0.1f;
}

/// <summary>
/// Linear, then batch norm, then leaky ReLU, as one unit: z = W·x + b, ẑ = (z − μ)/√(σ² + ε), y = γ·ẑ + β,
/// a = y where y > 0 and slope·y elsewhere, each part optional but the first.
/// </summary>
/// <param name="Name">Name of the layer, such as <c>encoder.0</c>.</param>
/// <param name="Inputs">Width of x.</param>
/// <param name="Outputs">Width of z and a.</param>
/// <param name="Weight">W, Outputs × Inputs, row-major, in the parameter block.</param>
/// <param name="Bias">b in the parameter block; null for none.</param>
/// <param name="Norm">Batch norm; null for none.</param>
/// <param name="Slope">Slope of the ReLU for inputs that are not above zero: 1 for a plain layer, 0 for the strict ReLU.</param>
public sealed record DenseLayer(
    string Name, int Inputs, int Outputs, TensorSlot Weight, TensorSlot? Bias, BatchNorm? Norm, float Slope)
{
    /// <summary>The slope of a leaky ReLU.</summary>
    public const float LeakySlope = 0.01f;

    /// <summary>Whether there is a ReLU at all.</summary>
    public bool HasRelu => Slope != 1;
}
