using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Scoring;

/// <summary>The affine map of a MADE block; the log-determinants so far are one vector of partial sums per sample.</summary>
internal sealed unsafe class AffineStep<T>(
    RowActivation input, RowActivation affine, RowActivation output, RowActivation? before, RowActivation after) : ScoringStep
    where T : struct, ILanes<T>
{
    public override void Run(FoldedNetwork network, int samples) => Rows.AffineMap<T>(
        input.Pointer, affine.Pointer, affine.Stride, output.Pointer, before is { } sums ? sums.Pointer : null, after.Pointer,
        input.Width, input.Stride, samples);
}
