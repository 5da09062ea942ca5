using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Scoring;
using IadNative.Compute.Cpu.Training;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Operations;

/// <summary>Flow batch normalisation forward.</summary>
internal sealed unsafe class CpuFlowNormForward<T>(FlowNormForward operation) : CpuOperation<T>
    where T : struct, ILanes<T>
{
    public override TrainingPass InTrainingStep(TrainingSite site) => new FlowNormForwardPass<T>(
        site.Batch, operation.Norm, Workspace(site, operation.Norm), site[operation.Input], site[operation.Output],
        site[operation.LogDeterminantBefore], site[operation.LogDeterminant]);

    public override ScoringStep InScoring(ScoringProgram<T> program) => new FlowNormStep<T>(program, operation);

    /// <summary>What a norm keeps from its forward for its backward pass.</summary>
    public static NormWorkspace Workspace(TrainingSite site, FlowNorm norm) =>
        site.WorkspaceOf(norm, () => new NormWorkspace(norm.Width, site.Batch.Stride));
}

/// <summary>Flow batch normalisation backward.</summary>
internal sealed unsafe class CpuFlowNormBackward<T>(FlowNormBackward operation) : CpuOperation<T>
    where T : struct, ILanes<T>
{
    public override TrainingPass InTrainingStep(TrainingSite site) => new FlowNormBackwardPass<T>(
        site.Batch, operation.Norm, CpuFlowNormForward<T>.Workspace(site, operation.Norm), site[operation.OutputGradient],
        site[operation.InputGradient]);
}

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

/// <summary>
/// A flow's normalisation in scoring, folded into one scale s = e^γ/√(v + ε) and one shift b − s·m per feature. Its
/// log-determinant, the same for all samples, goes into the constant.
/// </summary>
internal sealed unsafe class FlowNormStep<T> : ScoringStep
    where T : struct, ILanes<T>
{
    private readonly FlowNorm _norm;
    private readonly RowActivation _input, _output;
    private readonly int _scales, _shifts, _constantBefore, _constant;

    public FlowNormStep(ScoringProgram<T> program, FlowNormForward operation)
    {
        _norm = operation.Norm;
        _input = program.InRows(operation.Input);
        _output = program.MakeRows(operation.Output);
        _scales = program.Reserve(_norm.Width);
        _shifts = program.Reserve(_norm.Width);
        program.MakeSameRows(operation.LogDeterminant, operation.LogDeterminantBefore);
        _constantBefore = program.ConstantOf(operation.LogDeterminantBefore);
        _constant = program.ConstantOf(operation.LogDeterminant);
    }

    public override void Fold(FoldedNetwork network, TrainedNumbers numbers)
    {
        float* scales = network[_scales], shifts = network[_shifts];
        double logDeterminant = 0;
        for (int j = 0; j < _norm.Width; j++)
        {
            float logScale = numbers.Parameters[_norm.LogScale.Offset + j];
            float variance = numbers.Statistics[_norm.RunningVariance.Offset + j] + FlowNorm.Epsilon;
            scales[j] = MathF.Exp(logScale) / MathF.Sqrt(variance);
            shifts[j] = numbers.Parameters[_norm.Shift.Offset + j]
                - (scales[j] * numbers.Statistics[_norm.RunningMean.Offset + j]);
            logDeterminant += LogDeterminantOf(j, numbers);
        }

        network.Constant(_constant) = network.Constant(_constantBefore) + logDeterminant;
    }

    /// <summary>What a feature adds to the log-determinant, γ − ½ log(v + ε).</summary>
    public double LogDeterminantOf(int feature, TrainedNumbers numbers)
    {
        float variance = numbers.Statistics[_norm.RunningVariance.Offset + feature] + FlowNorm.Epsilon;
        return numbers.Parameters[_norm.LogScale.Offset + feature] - (0.5 * Math.Log(variance));
    }

    public override void Run(FoldedNetwork network, in ScoringBlock block) => Rows.ScaleAndShift<T>(
        _input.Pointer, network[_scales], network[_shifts], _output.Pointer, _input.Width, _input.Stride, block.Samples);
}
