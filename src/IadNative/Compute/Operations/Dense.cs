namespace IadNative.Compute.Operations;

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
internal sealed record DenseLayer(
    string Name, int Inputs, int Outputs, TensorSlot Weight, TensorSlot? Bias, BatchNorm? Norm, float Slope)
{
    /// <summary>The slope of a leaky ReLU.</summary>
    public const float LeakySlope = 0.01f;

    /// <summary>Whether there is a ReLU at all.</summary>
    public bool HasRelu => Slope != 1;
}

/// <summary>
/// A dense layer forward: in training with the statistics of the batch, which also move the running ones; in scoring
/// with the running ones.
/// </summary>
/// <param name="Layer">The layer.</param>
/// <param name="Input">B × Inputs.</param>
/// <param name="Output">B × Outputs.</param>
internal sealed record DenseForward(DenseLayer Layer, Activation Input, Activation Output) : PlanOperation
{
    /// <inheritdoc/>
    public override IEnumerable<Activation> Writes => [Output];
}

/// <summary>A dense layer backward: gradients of its parameters and, if asked for, of its input.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Input">B × Inputs, as it went forward.</param>
/// <param name="Output">B × Outputs, as it came out.</param>
/// <param name="OutputGradient">d loss / d output, B × Outputs; used up.</param>
/// <param name="InputGradient">Receives d loss / d input, B × Inputs; null where nobody needs it.</param>
/// <param name="Accumulate">Whether it is added to what the input's gradient holds already.</param>
internal sealed record DenseBackward(
    DenseLayer Layer, Activation Input, Activation Output, Activation OutputGradient, Activation? InputGradient,
    bool Accumulate = false)
    : PlanOperation
{
    /// <inheritdoc/>
    public override IEnumerable<Activation> Writes => InputGradient is null ? [] : [InputGradient];
}
