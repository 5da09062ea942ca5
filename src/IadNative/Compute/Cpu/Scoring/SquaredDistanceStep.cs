using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Scoring;

/// <summary>The squared distance of each sample's output to a point.</summary>
internal sealed unsafe class SquaredDistanceStep<T>(
    RowActivation output, RowActivation? target, TensorSlot? center, float* scores) : ScoringStep
    where T : struct, ILanes<T>
{
    public override void Run(FoldedNetwork network, int samples)
    {
        float* point = target is { } other ? other.Pointer : network.State(center!);
        Rows.SquaredDistance<T>(
            output.Pointer, point, target is null ? 0 : output.Stride, output.Width, output.Stride, samples, scores);
    }
}
