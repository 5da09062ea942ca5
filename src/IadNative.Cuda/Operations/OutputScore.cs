using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Cuda.Operations;

/// <summary>The output of a network with one output, and its gradient.</summary>
internal sealed class CudaOutputScore(OutputScore score) : CudaScore(new ScoreTerms(
    ScoreKind.Output, score.Scores, score.Output, Target: null, Center: null, LogDeterminant: null, IsRoot: false))
{
    protected override Activation? GradientOf(PlanOperation operation, Activation scoreGradient) =>
        operation is OutputScoreBackward backward && backward.ScoreGradient == scoreGradient ? backward.OutputGradient : null;
}
