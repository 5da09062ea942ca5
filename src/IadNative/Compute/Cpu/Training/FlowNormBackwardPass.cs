using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Training;

/// <summary>Flow batch normalisation backward, by features.</summary>
internal sealed unsafe class FlowNormBackwardPass<T>(
    TrainingBatch batch, FlowNorm norm, NormWorkspace workspace, float* outputGradient, float* inputGradient)
    : TrainingPass(batch), ITeamWork
    where T : struct, ILanes<T>
{
    // A number that passes through, in multiply-adds.
    private const int Cost = 16;

    private float _weight;

    public override void Run()
    {
        _weight = Reduce.Sum<T>(Batch.Weights.Pointer, Batch.Samples) / Batch.Samples;
        Batch.Team.Share(this, 0, norm.Width, 1, (long)Cost * norm.Width * Batch.Padded);
    }

    public void Part(int phase, int first, int end, int member)
    {
        for (int j = first; j < end; j++)
        {
            nint at = (nint)j * Batch.Stride;
            float scale = MathF.Exp(Batch.Parameters[norm.LogScale.Offset + j]);
            (float logScaleGradient, float shiftGradient) = BatchNormalization.FlowBackward<T>(
                outputGradient + at, workspace.Normalized.Pointer + at, inputGradient + at, Batch.Samples, scale,
                workspace.Inverse.Pointer[j], _weight);
            Batch.Gradient[norm.LogScale.Offset + j] = logScaleGradient;
            Batch.Gradient[norm.Shift.Offset + j] = shiftGradient;
        }
    }
}
