using IadNative.Compute.Operations;

namespace IadNative.Compute;

/// <summary>
/// What follows what, in training and in scoring: the only place where the order of a forward and a backward pass is
/// written. It is data; devices compile it, tests interpret it.
/// </summary>
internal sealed record Plan
{
    /// <summary>d: features of a sample.</summary>
    public required int Features { get; init; }

    /// <summary>The parameter block: what is learned.</summary>
    public required TensorLayout Parameters { get; init; }

    /// <summary>The block of running statistics.</summary>
    public required TensorLayout Statistics { get; init; }

    /// <summary>The block of state that is set and not learned, such as a center or a radius; it starts at zero.</summary>
    public TensorLayout State { get; init; } = new();

    /// <summary>The network's output.</summary>
    public required Activation Output { get; init; }

    /// <summary>The anomaly score of each sample, B × 1: what the last operation of scoring writes.</summary>
    public required Activation Scores { get; init; }

    /// <summary>What sets the state before the first training step of a round.</summary>
    public IReadOnlyList<PlanOperation> RoundStart { get; init; } = [];

    /// <summary>
    /// What sets the parameters in one go, from all rows of a replica, in place of steps; null where steps train. It needs no
    /// epochs: it runs once, however many are asked for.
    /// </summary>
    public PlanOperation? Fit { get; init; }

    /// <summary>One training step; empty where there is <see cref="Fit"/>.</summary>
    public required IReadOnlyList<PlanOperation> Step { get; init; }

    /// <summary>Numbers of each of Adam's moments: as many as parameters, or several sets of them, each in whole vectors.</summary>
    public int MomentLength => MomentSets == 1 ? Parameters.Length : checked(MomentSets * MomentStride);

    /// <summary>Numbers from one set of moments to the next.</summary>
    public int MomentStride => Parameters.Length + (-Parameters.Length & (AdamStep.MomentAlignment - 1));

    private int MomentSets => 1 + Step.OfType<AdamStep>().Select(step => step.Moments).DefaultIfEmpty().Max();

    /// <summary>What follows the last training step of an epoch, on that step's batch.</summary>
    public IReadOnlyList<PlanOperation> EpochEnd { get; init; } = [];

    /// <summary>Scoring a batch.</summary>
    public required IReadOnlyList<PlanOperation> Scoring { get; init; }
}
