using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Scoring;
using IadNative.Compute.Cpu.Training;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Operations;

/// <summary>Samples brought to the unit sphere.</summary>
internal sealed unsafe class CpuRowNormalizeForward<T>(RowNormalizeForward operation) : CpuOperation<T>
    where T : struct, ILanes<T>
{
    public override TrainingPass InTrainingStep(TrainingSite site) => new RowNormalizeForwardPass<T>(
        site.Batch, operation.Output.Width, site[operation.Input], site[operation.Output]);

    public override ScoringStep InScoring(ScoringProgram<T> program) =>
        new RowNormalizeStep(program.InRows(operation.Input), program.MakeRows(operation.Output));
}

/// <summary>The same backward.</summary>
internal sealed unsafe class CpuRowNormalizeBackward<T>(RowNormalizeBackward operation) : CpuOperation<T>
    where T : struct, ILanes<T>
{
    public override TrainingPass InTrainingStep(TrainingSite site) => new RowNormalizeBackwardPass<T>(
        site.Batch, operation.Output.Width, site[operation.Input], site[operation.Output], site[operation.OutputGradient],
        site[operation.InputGradient]);
}

/// <summary>Forward.</summary>
internal sealed unsafe class RowNormalizeForwardPass<T>(TrainingBatch batch, int width, float* input, float* output)
    : TrainingPass(batch)
    where T : struct, ILanes<T>
{
    public override void Run() => RowNormalization.Forward<T>(input, output, width, Batch.Stride, Batch.Padded);
}

/// <summary>Backward.</summary>
internal sealed unsafe class RowNormalizeBackwardPass<T>(
    TrainingBatch batch, int width, float* input, float* output, float* outputGradient, float* inputGradient) : TrainingPass(batch)
    where T : struct, ILanes<T>
{
    public override void Run() =>
        RowNormalization.Backward<T>(input, output, outputGradient, inputGradient, width, Batch.Stride, Batch.Padded);
}

/// <summary>
/// In scoring, a sample after the other: they are short. One too far out for a norm has no place on the sphere, and no score that is a number.
/// </summary>
internal sealed unsafe class RowNormalizeStep(RowActivation input, RowActivation output) : ScoringStep
{
    public override void Run(FoldedNetwork network, in ScoringBlock block)
    {
        for (int s = 0; s < block.Samples; s++)
        {
            var x = new ReadOnlySpan<float>(input.Pointer + ((nint)s * input.Stride), input.Width);
            var z = new Span<float>(output.Pointer + ((nint)s * output.Stride), output.Width);
            float squares = 0;
            foreach (float value in x) squares = MathF.FusedMultiplyAdd(value, value, squares);
            float norm = squares < float.PositiveInfinity ? MathF.Max(MathF.Sqrt(squares), RowNormalizeForward.LeastNorm) : float.NaN;
            for (int j = 0; j < z.Length; j++) z[j] = x[j] / norm;
        }
    }
}
