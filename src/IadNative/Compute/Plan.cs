namespace IadNative.Compute;

/// <summary>One unit of work on a batch. A device compiles each kind its own way.</summary>
public abstract record PlanOperation;

/// <summary>Copies the batch's rows, standardised: (x − offset)·scale.</summary>
/// <param name="Output">B × d.</param>
public sealed record GatherBatch(Activation Output) : PlanOperation;

/// <summary>
/// A dense layer forward: in training with the statistics of the batch, which also move the running ones; in scoring
/// with the running ones.
/// </summary>
/// <param name="Layer">The layer.</param>
/// <param name="Input">B × Inputs.</param>
/// <param name="Output">B × Outputs.</param>
public sealed record DenseForward(DenseLayer Layer, Activation Input, Activation Output) : PlanOperation;

/// <summary>A dense layer backward: gradients of its parameters and, if asked for, of its input.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Input">B × Inputs, as it went forward.</param>
/// <param name="Output">B × Outputs, as it came out.</param>
/// <param name="OutputGradient">d loss / d output, B × Outputs; used up.</param>
/// <param name="InputGradient">Receives d loss / d input, B × Inputs; null where nobody needs it.</param>
/// <param name="Accumulate">Whether it is added to what the input's gradient holds already.</param>
public sealed record DenseBackward(
    DenseLayer Layer, Activation Input, Activation Output, Activation OutputGradient, Activation? InputGradient,
    bool Accumulate = false)
    : PlanOperation;

/// <summary>
/// A convolution and what stands around it forward: in training with the statistics of the batch, which also move the running
/// ones; in scoring with the running ones.
/// </summary>
/// <param name="Layer">The layer.</param>
/// <param name="Input">B × Inputs.</param>
/// <param name="Output">B × Outputs.</param>
public sealed record ConvForward(ConvLayer Layer, Activation Input, Activation Output) : PlanOperation;

/// <summary>
/// A convolution and what stands around it backward: gradients of its parameters and, if asked for, of its input. What its
/// forward pass leaves behind for it beside input and output is the device's own affair.
/// </summary>
/// <param name="Layer">The layer.</param>
/// <param name="Input">B × Inputs, as it went forward.</param>
/// <param name="Output">B × Outputs, as it came out.</param>
/// <param name="OutputGradient">d loss / d output, B × Outputs; used up.</param>
/// <param name="InputGradient">Receives d loss / d input, B × Inputs; null where nobody needs it.</param>
public sealed record ConvBackward(
    ConvLayer Layer, Activation Input, Activation Output, Activation OutputGradient, Activation? InputGradient)
    : PlanOperation;

/// <summary>
/// The affine map of a MADE block: u = (x − m)·exp(−a), where m and a, which may depend on earlier features only, are the
/// block's outputs. Its log-determinant is −Σ a. No clamp on a.
/// </summary>
/// <param name="Input">x, B × d.</param>
/// <param name="Affine">m and then a, B × 2d.</param>
/// <param name="Output">Receives u, B × d.</param>
/// <param name="LogDeterminantBefore">Log-determinant of the blocks before, B × 1; null for the first.</param>
/// <param name="LogDeterminant">Receives that of all blocks so far, B × 1.</param>
public sealed record AffineForward(
    Activation Input, Activation Affine, Activation Output, Activation? LogDeterminantBefore, Activation LogDeterminant)
    : PlanOperation;

/// <summary>
/// The affine map backward: dm = −du·exp(−a), da = −du·u + w/B, where w/B comes from the log-determinant in the loss, and
/// dx = du·exp(−a), the part that does not run through m and a.
/// </summary>
/// <param name="Affine">m and then a, B × 2d.</param>
/// <param name="Output">u, B × d.</param>
/// <param name="OutputGradient">d loss / d u, B × d.</param>
/// <param name="AffineGradient">Receives d loss / d m and then d loss / d a, B × 2d.</param>
/// <param name="InputGradient">Receives the direct part of d loss / d x, B × d; null where nobody needs it.</param>
public sealed record AffineBackward(
    Activation Affine, Activation Output, Activation OutputGradient, Activation AffineGradient, Activation? InputGradient)
    : PlanOperation;

/// <summary>Flow batch normalisation forward; in training it moves the running statistics.</summary>
/// <param name="Norm">The normalisation.</param>
/// <param name="Input">x, B × d.</param>
/// <param name="Output">Receives y, B × d.</param>
/// <param name="LogDeterminantBefore">Log-determinant of the blocks before, B × 1.</param>
/// <param name="LogDeterminant">Receives that of all blocks so far, B × 1.</param>
public sealed record FlowNormForward(
    FlowNorm Norm, Activation Input, Activation Output, Activation LogDeterminantBefore, Activation LogDeterminant)
    : PlanOperation;

/// <summary>
/// Flow batch normalisation backward, through μ, v and the log-determinant, whose term carries W = Σ w/B. With
/// x̂ = (x − μ)/√(v + ε) and g = e^γ dy: dγ = Σ g·x̂ − W, db = Σ dy,
/// dx = (g − (1/B) Σ g + x̂·(W − Σ g·x̂)/(B − 1))/√(v + ε).
/// </summary>
/// <param name="Norm">The normalisation.</param>
/// <param name="OutputGradient">d loss / d y, B × d; used up.</param>
/// <param name="InputGradient">Receives d loss / d x, B × d; may be the same activation.</param>
public sealed record FlowNormBackward(FlowNorm Norm, Activation OutputGradient, Activation InputGradient) : PlanOperation;

/// <summary>Sets the gradients of masked-out parameters to zero.</summary>
public sealed record MaskGradient : PlanOperation;

/// <summary>In one pass: anomaly score per sample, weighted batch loss, and d loss / d output.</summary>
/// <param name="Kind">Loss and score.</param>
/// <param name="Output">The network's output, B × k.</param>
/// <param name="Target">What a reconstruction is compared with, B × k; null for the others.</param>
/// <param name="OutputGradient">Receives d loss / d output, B × k.</param>
/// <param name="LogDeterminant">Log-determinant of a flow, B × 1; null for the others.</param>
public sealed record WeightedLoss(
    LossKind Kind, Activation Output, Activation? Target, Activation OutputGradient, Activation? LogDeterminant = null)
    : PlanOperation;

/// <summary>One step of Adam over the whole parameter block (Kingma and Ba, 2015).</summary>
public sealed record AdamStep : PlanOperation
{
    /// <summary>β₁: decay of the first moment.</summary>
    public const float Beta1 = 0.9f;

    /// <summary>β₂: decay of the second moment.</summary>
    public const float Beta2 = 0.999f;

    /// <summary>Added to the root of the second moment.</summary>
    public const float Epsilon = 1e-8f;
}

/// <summary>
/// Sets the soft boundary's radius to the (1 − ν) quantile of √f over the batch, unweighted, linearly interpolated; only
/// in the epochs that ask for it.
/// </summary>
public sealed record RadiusUpdate : PlanOperation;

/// <summary>The anomaly score of each sample, without a gradient.</summary>
/// <param name="Kind">Loss and score.</param>
/// <param name="Output">The network's output, B × k.</param>
/// <param name="Target">What a reconstruction is compared with, B × k; null for the others.</param>
/// <param name="LogDeterminant">Log-determinant of a flow, B × 1; null for the others.</param>
public sealed record ScoreOutput(LossKind Kind, Activation Output, Activation? Target, Activation? LogDeterminant = null)
    : PlanOperation;

/// <summary>
/// What follows what, in training and in scoring: the only place where the order of a forward and a backward pass is
/// written. It is data; devices compile it, tests interpret it.
/// </summary>
public sealed record Plan
{
    /// <summary>Features of a sample.</summary>
    public required int Features { get; init; }

    /// <summary>Loss and score.</summary>
    public required LossKind Loss { get; init; }

    /// <summary>The parameter block.</summary>
    public required TensorLayout Parameters { get; init; }

    /// <summary>The block of running statistics.</summary>
    public required TensorLayout Statistics { get; init; }

    /// <summary>The network's output; its width is the width of the center.</summary>
    public required Activation Output { get; init; }

    /// <summary>One training step.</summary>
    public required IReadOnlyList<PlanOperation> Step { get; init; }

    /// <summary>Scoring a batch.</summary>
    public required IReadOnlyList<PlanOperation> Scoring { get; init; }

    /// <summary>Whether loss and score are measured from a center.</summary>
    public bool HasCenter => Loss is LossKind.OneClass or LossKind.SoftBoundary;

    /// <summary>Width of the center; 0 without one.</summary>
    public int CenterWidth => HasCenter ? Output.Width : 0;
}
