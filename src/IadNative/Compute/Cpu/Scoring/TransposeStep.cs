using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Scoring;

/// <summary>Brings an activation from one layout to the other, where a convolution meets what is none.</summary>
internal sealed unsafe class TransposeStep<T>(RowActivation rows, float* features, int stride, bool toFeatures) : ScoringStep
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
}
