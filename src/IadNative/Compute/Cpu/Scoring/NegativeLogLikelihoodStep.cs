using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Scoring;

/// <summary>The negative log-likelihood of each sample under a flow.</summary>
internal sealed unsafe class NegativeLogLikelihoodStep<T>(
    RowActivation output, RowActivation logDeterminant, float* scores) : ScoringStep
    where T : struct, ILanes<T>
{
    private readonly FloatBuffer _origin = new(output.Stride);

    public override void Run(FoldedNetwork network, int samples)
    {
        Rows.SquaredDistance<T>(output.Pointer, _origin.Pointer, 0, output.Width, output.Stride, samples, scores);
        Rows.LogLikelihood<T>(scores, logDeterminant.Pointer, network.LogDeterminant, output.Width, samples);
    }
}
