using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Training;

/// <summary>The negative log-likelihood backward, by features: du = df·u.</summary>
internal sealed unsafe class NegativeLogLikelihoodBackwardPass<T>(
    TrainingBatch batch, int width, float* output, float* scoreGradient, float* outputGradient) : TrainingPass(batch), ITeamWork
    where T : struct, ILanes<T>
{
    // A number of the output, in multiply-adds.
    private const int Cost = 8;

    public override void Run() => Batch.Team.Share(this, 0, width, 1, (long)Cost * width * Batch.Padded);

    public void Part(int phase, int first, int end, int member)
    {
        nint at = (nint)first * Batch.Stride;
        LogLikelihood.Gradient<T>(output + at, scoreGradient, end - first, Batch.Stride, Batch.Padded, outputGradient + at);
    }
}
