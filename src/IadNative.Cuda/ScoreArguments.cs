using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Cuda;

/// <summary>The combinations of score and loss that the kernels know, by the numbers that they have in kernels/loss.cu.</summary>
internal enum ScoreKind
{
    /// <summary>The squared distance to a center.</summary>
    Distance = 0,

    /// <summary>The same, with a soft boundary.</summary>
    SoftBoundary = 1,

    /// <summary>The squared distance to a target of each sample.</summary>
    Reconstruction = 2,

    /// <summary>The negative log-likelihood of a flow.</summary>
    Likelihood = 3,
}

/// <summary>A score, with the loss that follows in training, as the kernels take them.</summary>
internal sealed record ScoreArguments(
    ScoreKind Kind, Activation Output, Activation? Target, TensorSlot? Center, Activation? LogDeterminant, TensorSlot? Radius,
    double Nu)
{
    /// <summary>A score and the loss behind it; null where the operation is no score.</summary>
    /// <exception cref="NotSupportedException">There is no kernel for the two together.</exception>
    public static ScoreArguments? Of(PlanOperation score, PlanOperation loss) => (Of(score), loss) switch
    {
        (null, _) => null,
        ({ } arguments, ScoreLoss) => arguments,
        ({ Kind: ScoreKind.Distance } arguments, SoftBoundaryLoss soft) =>
            arguments with { Kind = ScoreKind.SoftBoundary, Radius = soft.Radius, Nu = soft.Nu },
        _ => throw new NotSupportedException(
            $"The CUDA engine cannot follow {score.GetType().Name} by {loss.GetType().Name}."),
    };

    /// <summary>A score alone; null where the operation is none.</summary>
    public static ScoreArguments? Of(PlanOperation score) => score switch
    {
        SquaredDistance { Target: null } distance =>
            new(ScoreKind.Distance, distance.Output, null, distance.Center, null, null, 0),
        SquaredDistance distance => new(ScoreKind.Reconstruction, distance.Output, distance.Target, null, null, null, 0),
        NegativeLogLikelihood likelihood =>
            new(ScoreKind.Likelihood, likelihood.Output, null, null, likelihood.LogDeterminant, null, 0),
        _ => null,
    };
}
