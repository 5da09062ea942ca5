using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Scoring;
using IadNative.Compute.Cpu.Training;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Operations;

/// <summary>A branch beside its input.</summary>
internal sealed unsafe class CpuResidualForward<T>(ResidualForward operation) : CpuOperation<T>
    where T : struct, ILanes<T>
{
    public override TrainingPass InTrainingStep(TrainingSite site) => new ResidualForwardPass<T>(
        site.Batch, operation.Output.Width, site[operation.Input], site[operation.Branch], site[operation.Output]);

    public override ScoringStep InScoring(ScoringProgram<T> program) => new ResidualStep<T>(
        program.InRows(operation.Input), program.InRows(operation.Branch), program.MakeRows(operation.Output));
}

/// <summary>The same backward.</summary>
internal sealed unsafe class CpuResidualBackward<T>(ResidualBackward operation) : CpuOperation<T>
    where T : struct, ILanes<T>
{
    public override TrainingPass InTrainingStep(TrainingSite site) => new ResidualBackwardPass(
        site.Batch, operation.OutputGradient.Width, site[operation.OutputGradient], site[operation.BranchGradient]);
}

/// <summary>y = x + n, by features.</summary>
internal sealed unsafe class ResidualForwardPass<T>(TrainingBatch batch, int width, float* input, float* branch, float* output)
    : TrainingPass(batch)
    where T : struct, ILanes<T>
{
    public override void Run()
    {
        for (int j = 0; j < width; j++)
        {
            nint at = (nint)j * Batch.Stride;
            Elementwise.Add<T>(input + at, branch + at, output + at, Batch.Padded);
        }
    }
}

/// <summary>dn = dy, by features.</summary>
internal sealed unsafe class ResidualBackwardPass(TrainingBatch batch, int width, float* outputGradient, float* branchGradient)
    : TrainingPass(batch)
{
    public override void Run()
    {
        for (int j = 0; j < width; j++)
        {
            nint at = (nint)j * Batch.Stride;
            new ReadOnlySpan<float>(outputGradient + at, Batch.Padded).CopyTo(new Span<float>(branchGradient + at, Batch.Padded));
        }
    }
}

/// <summary>y = x + n in scoring.</summary>
internal sealed unsafe class ResidualStep<T>(RowActivation input, RowActivation branch, RowActivation output) : ScoringStep
    where T : struct, ILanes<T>
{
    public override void Run(FoldedNetwork network, in ScoringBlock block)
    {
        for (int s = 0; s < block.Samples; s++)
        {
            Elementwise.Add<T>(
                input.Pointer + ((nint)s * input.Stride), branch.Pointer + ((nint)s * branch.Stride),
                output.Pointer + ((nint)s * output.Stride), output.Width);
        }
    }
}
