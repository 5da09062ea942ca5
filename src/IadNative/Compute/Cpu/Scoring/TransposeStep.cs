using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Scoring;

/// <summary>Brings an activation from one layout to the other, where a convolution meets what is none.</summary>
internal sealed unsafe class TransposeStep<T>(RowActivation rows, float* features, int stride, bool toFeatures)
    : ScoringStep, ICarryingStep
    where T : struct, ILanes<T>
{
    public override void Run(FoldedNetwork network, in ScoringBlock block)
    {
        int samples = block.Samples;
        if (toFeatures)
            Rows.ToFeatures(rows.Pointer, rows.Stride, rows.Width, samples, Padding.RoundUp(samples, T.Count), features, stride);
        else
            Rows.FromFeatures(features, stride, rows.Width, samples, rows.Pointer, rows.Stride);
    }

    public bool Carries => true;

    public void Carry(FoldedNetwork network, int samples)
    {
        float* multipliers = features + CpuScorer.ExplainedRows;
        if (toFeatures)
            Rows.FromFeatures(multipliers, stride, rows.Width, samples, rows.Multipliers, rows.Stride);
        else
            Rows.ToFeatures(rows.Multipliers, rows.Stride, rows.Width, samples, Padding.RoundUp(samples, T.Count), multipliers, stride);
    }
}
