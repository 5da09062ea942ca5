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
public sealed record DenseBackward(
    DenseLayer Layer, Activation Input, Activation Output, Activation OutputGradient, Activation? InputGradient)
    : PlanOperation;

/// <summary>In one pass: anomaly score per sample, weighted batch loss, and d loss / d output.</summary>
/// <param name="Kind">Loss and score.</param>
/// <param name="Output">The network's output, B × k.</param>
/// <param name="Target">What a reconstruction is compared with, B × k; null for the others.</param>
/// <param name="OutputGradient">Receives d loss / d output, B × k.</param>
public sealed record WeightedLoss(LossKind Kind, Activation Output, Activation? Target, Activation OutputGradient)
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
public sealed record ScoreOutput(LossKind Kind, Activation Output, Activation? Target) : PlanOperation;

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
