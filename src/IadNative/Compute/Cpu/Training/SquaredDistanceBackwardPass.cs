using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Training;

/// <summary>The squared distance backward, by features.</summary>
internal sealed unsafe class SquaredDistanceBackwardPass<T>(
    TrainingBatch batch, int width, float* output, float* target, int center, float* scoreGradient, float* outputGradient)
    : TrainingPass(batch), ITeamWork
    where T : struct, ILanes<T>
{
    // A number of the output, in multiply-adds.
    private const int Cost = 8;

    public override void Run() => Batch.Team.Share(this, 0, width, 1, (long)Cost * width * Batch.Padded);

    public void Part(int phase, int first, int end, int member)
    {
        nint at = (nint)first * Batch.Stride;
        Distance.Gradient<T>(
            output + at, target == null ? null : target + at, Batch.State + center + first, scoreGradient, end - first,
            Batch.Stride, Batch.Padded, outputGradient + at);
    }
}
