using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Scoring;

/// <summary>A flow's normalisation. Its log-determinant, the same for all samples, comes in at the end.</summary>
internal sealed unsafe class FlowNormStep<T>(int operation, RowActivation input, RowActivation output) : ScoringStep
    where T : struct, ILanes<T>
{
    public override void Run(FoldedNetwork network, int samples) => Rows.ScaleAndShift<T>(
        input.Pointer, network.Weight(operation), network.Bias(operation), output.Pointer, input.Width, input.Stride, samples);
}
