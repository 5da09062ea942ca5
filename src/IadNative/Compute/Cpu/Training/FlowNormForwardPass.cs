using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Training;

/// <summary>Flow batch normalisation forward, by features.</summary>
internal sealed unsafe class FlowNormForwardPass<T>(
    TrainingBatch batch, FlowNorm norm, NormWorkspace workspace, float* input, float* output, float* before, float* after)
    : TrainingPass(batch), ITeamWork
    where T : struct, ILanes<T>
{
    // A number that passes through, in multiply-adds.
    private const int Cost = 16;

    private readonly float[] _logScales = new float[norm.Width];

    public override void Run()
    {
        Batch.Team.Share(this, 0, norm.Width, 1, (long)Cost * norm.Width * Batch.Padded);
        float logDeterminant = 0;
        foreach (float logScale in _logScales) logDeterminant += logScale;
        Elementwise.Add<T>(before, logDeterminant, after, Batch.Padded);
    }

    public void Part(int phase, int first, int end, int member)
    {
        int samples = Batch.Samples, padded = Batch.Padded;
        for (int j = first; j < end; j++)
        {
            nint at = (nint)j * Batch.Stride;
            float* normalized = workspace.Normalized.Pointer + at;
            new ReadOnlySpan<float>(input + at, padded).CopyTo(new Span<float>(normalized, padded));
            float inverse = BatchNormalization.Forward<T>(
                normalized, samples, samples - 1, FlowNorm.Epsilon, FlowNorm.Momentum,
                ref Batch.Statistics[norm.RunningMean.Offset + j], ref Batch.Statistics[norm.RunningVariance.Offset + j]);
            float logScale = Batch.Parameters[norm.LogScale.Offset + j];
            Activate.Forward<T>(
                normalized, output + at, samples, MathF.Exp(logScale), Batch.Parameters[norm.Shift.Offset + j], 1);
            workspace.Inverse.Pointer[j] = inverse;
            _logScales[j] = logScale + MathF.Log(inverse);
        }
    }
}
