using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Cuda.Operations;

/// <summary>The negative log-likelihood of a flow, and its gradient.</summary>
internal sealed class CudaNegativeLogLikelihood(NegativeLogLikelihood likelihood) : CudaScore(new ScoreTerms(
    ScoreKind.Likelihood, likelihood.Scores, likelihood.Output, Target: null, Center: null, likelihood.LogDeterminant, IsRoot: false))
{
    protected override Activation? GradientOf(PlanOperation operation, Activation scoreGradient) =>
        operation is NegativeLogLikelihoodBackward backward
            && backward.ScoreGradient == scoreGradient
            && backward.Output == likelihood.Output
                ? backward.OutputGradient
                : null;
}
