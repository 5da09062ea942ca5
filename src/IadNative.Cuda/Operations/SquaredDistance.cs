using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Cuda.Operations;

/// <summary>The squared distance to a center, or to a target of each sample, and its gradient.</summary>
internal sealed class CudaSquaredDistance(SquaredDistance distance) : CudaScore(new ScoreTerms(
    distance.Target is null ? ScoreKind.Distance : ScoreKind.Reconstruction,
    distance.Scores, distance.Output, distance.Target, distance.Center, LogDeterminant: null))
{
    protected override Activation? GradientOf(PlanOperation operation, Activation scoreGradient) =>
        operation is SquaredDistanceBackward backward
            && backward.ScoreGradient == scoreGradient
            && (backward.Output, backward.Target, backward.Center) == (distance.Output, distance.Target, distance.Center)
                ? backward.OutputGradient
                : null;
}
