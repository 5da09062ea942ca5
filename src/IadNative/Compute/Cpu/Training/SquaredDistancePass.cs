using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Training;

/// <summary>The squared distance of each sample's output to a point.</summary>
internal sealed unsafe class SquaredDistancePass<T>(
    TrainingBatch batch, int width, float* output, float* target, int center, float* scores) : TrainingPass(batch), ITeamWork
    where T : struct, ILanes<T>
{
    // A number of the output, in multiply-adds.
    private const int Cost = 8;

    public override void Run() => Batch.Team.Share(this, 0, Batch.Padded, T.Count, (long)Cost * width * Batch.Padded);

    public void Part(int phase, int first, int end, int member)
    {
        int stride = Batch.Stride;
        if (target == null)
            Distance.FromCenter<T>(output + first, Batch.State + center, width, stride, end - first, scores + first);
        else
            Distance.FromTarget<T>(output + first, target + first, width, stride, end - first, scores + first);
    }
}
