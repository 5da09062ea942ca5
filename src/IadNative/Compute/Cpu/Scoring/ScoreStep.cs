using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Scoring;

/// <summary>The anomaly score of each sample.</summary>
internal sealed unsafe class ScoreStep<T>(
    RowActivation output, RowActivation? target, RowActivation? logDeterminant, float* scores) : ScoringStep
    where T : struct, ILanes<T>
{
    public override void Run(FoldedNetwork network, int samples)
    {
        float* point = target is { } other ? other.Pointer : network.Center.Pointer;
        Rows.SquaredDistance<T>(
            output.Pointer, point, target is null ? 0 : output.Stride, output.Width, output.Stride, samples, scores);
        if (logDeterminant is { } sums)
            Rows.LogLikelihood<T>(scores, sums.Pointer, network.LogDeterminant, output.Width, samples);
    }
}
