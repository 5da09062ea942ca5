using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Scoring;

/// <summary>A dense layer with its leaky ReLU.</summary>
internal sealed unsafe class DenseStep<T>(
    int operation, DenseLayer layer, RowActivation input, RowActivation output) : ScoringStep
    where T : struct, ILanes<T>
{
    private readonly InnerRange[] _ranges = MaskRanges.OfRows(layer.Weight, T.Count);

    public override void Run(FoldedNetwork network, int samples) => Rows.Multiply<T>(
        input.Pointer, input.Stride, samples, network.Weight(operation), layer.Inputs, network.Bias(operation), _ranges,
        layer.Slope, output.Pointer, output.Stride);
}
