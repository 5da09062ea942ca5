using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Training;

/// <summary>The negative log-likelihood of each sample under a flow.</summary>
internal sealed unsafe class NegativeLogLikelihoodPass<T>(
    TrainingBatch batch, int width, float* output, float* logDeterminants, float* scores) : TrainingPass(batch), ITeamWork
    where T : struct, ILanes<T>
{
    // A number of the output, in multiply-adds.
    private const int Cost = 8;

    private readonly FloatBuffer _origin = new(width);

    public override void Run() => Batch.Team.Share(this, 0, Batch.Padded, T.Count, (long)Cost * width * Batch.Padded);

    public void Part(int phase, int first, int end, int member)
    {
        Distance.FromCenter<T>(
            output + first, _origin.Pointer, width, Batch.Stride, end - first, scores + first);
        LogLikelihood.Score<T>(scores + first, logDeterminants + first, width, end - first);
    }
}
