using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Scoring;
using IadNative.Compute.Cpu.Training;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Operations;

/// <summary>Numbers brought between 0 and 1.</summary>
internal sealed unsafe class CpuSigmoidForward<T>(SigmoidForward operation) : CpuOperation<T>
    where T : struct, ILanes<T>
{
    public override TrainingPass InTrainingStep(TrainingSite site) =>
        new SigmoidForwardPass<T>(site.Batch, operation.Output.Width, site[operation.Input], site[operation.Output]);

    public override ScoringStep InScoring(ScoringProgram<T> program) =>
        new SigmoidStep<T>(program.InRows(operation.Input), program.MakeRows(operation.Output));
}

/// <summary>The same backward.</summary>
internal sealed unsafe class CpuSigmoidBackward<T>(SigmoidBackward operation) : CpuOperation<T>
    where T : struct, ILanes<T>
{
    public override TrainingPass InTrainingStep(TrainingSite site) => new SigmoidBackwardPass<T>(
        site.Batch, operation.Output.Width, site[operation.Output], site[operation.OutputGradient], site[operation.InputGradient]);
}

/// <summary>Forward, by features.</summary>
internal sealed unsafe class SigmoidForwardPass<T>(TrainingBatch batch, int width, float* input, float* output)
    : TrainingPass(batch), ITeamWork
    where T : struct, ILanes<T>
{
    // A number, in multiply-adds.
    private const int Cost = 16;

    public override void Run() => Batch.Team.Share(this, 0, width, 1, (long)Cost * width * Batch.Padded);

    public void Part(int phase, int first, int end, int member)
    {
        for (int j = first; j < end; j++)
        {
            nint at = (nint)j * Batch.Stride;
            Sigmoid.Forward<T>(input + at, output + at, Batch.Samples);
        }
    }
}

/// <summary>Backward, by features.</summary>
internal sealed unsafe class SigmoidBackwardPass<T>(
    TrainingBatch batch, int width, float* output, float* outputGradient, float* inputGradient) : TrainingPass(batch), ITeamWork
    where T : struct, ILanes<T>
{
    // A number, in multiply-adds.
    private const int Cost = 8;

    public override void Run() => Batch.Team.Share(this, 0, width, 1, (long)Cost * width * Batch.Padded);

    public void Part(int phase, int first, int end, int member)
    {
        for (int j = first; j < end; j++)
        {
            nint at = (nint)j * Batch.Stride;
            Sigmoid.Backward<T>(output + at, outputGradient + at, inputGradient + at, Batch.Padded);
        }
    }
}

/// <summary>In scoring, sample by sample.</summary>
internal sealed unsafe class SigmoidStep<T>(RowActivation input, RowActivation output) : ScoringStep
    where T : struct, ILanes<T>
{
    public override void Run(FoldedNetwork network, in ScoringBlock block)
    {
        for (int s = 0; s < block.Samples; s++)
            Sigmoid.Forward<T>(input.Pointer + ((nint)s * input.Stride), output.Pointer + ((nint)s * output.Stride), output.Width);
    }
}
