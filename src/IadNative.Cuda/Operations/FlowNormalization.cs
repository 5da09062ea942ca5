using System.Runtime.InteropServices;
using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Cuda.Operations;

/// <summary>As in kernels/flownorm.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FlowNormForwardArguments
{
    public ulong Input, LogScale, Shift, RunningMean, RunningVariance, Normalized, Inverse, Output, LogDeterminants;
    public long Stride, ParameterStride, StatisticsStride;
    public int Width, Samples;
    public float Epsilon, Momentum;
}

/// <summary>As in kernels/flownorm.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FlowNormScoringArguments
{
    public ulong Input, LogScale, Shift, RunningMean, RunningVariance, Output, LogDeterminants;
    public long Stride, ParameterStride, StatisticsStride;
    public int Width, Samples;
    public float Epsilon;
}

/// <summary>As in kernels/flownorm.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct LogDeterminantArguments
{
    public ulong LogDeterminants, Before, After;
    public int BatchStride, Width, Samples;
}

/// <summary>As in kernels/flownorm.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FlowNormBackwardArguments
{
    public ulong OutputGradient, Normalized, Inverse, LogScale, Weights, InputGradient, LogScaleGradient, ShiftGradient;
    public long Stride, ParameterStride;
    public int BatchStride, Width, Samples;
}

/// <summary>
/// Batch normalisation of a flow forward: a kernel for the rows, which leaves each feature's part of the log-determinant, and one
/// that adds these up for every sample.
/// </summary>
internal sealed class CudaFlowNormForward(FlowNormForward forward) : CudaOperation
{
    public static readonly KernelDefinition<FlowNormForwardArguments> Training = new(
        "flownorm.cu", "flow_norm_forward", (in a, replicas, _) => LaunchShape.Columns(a.Width, replicas));

    public static readonly KernelDefinition<FlowNormScoringArguments> Scoring = new(
        "flownorm.cu", "flow_norm_scoring", (in a, replicas, _) => LaunchShape.Columns(a.Width, replicas));

    /// <summary>Adds up the log-determinant; a block per replica.</summary>
    public static readonly KernelDefinition<LogDeterminantArguments> AddLogDeterminant = new(
        "flownorm.cu", "add_log_determinant", (in _, replicas, _) => LaunchShape.Replicas(replicas));

    private readonly FlowNorm _norm = forward.Norm;

    public override Action<int> InTrainingStep(CudaTrainingStep training, Queue<PlanOperation> following)
    {
        Kernel<FlowNormForwardArguments> kernel = training.Kernel(Training);
        CudaState state = training.State;
        RowBuffer input = training.Read(forward.Input), output = training.Write(forward.Output);
        var saved = new FlowNormSaved(
            training.Reserve(_norm.Width), training.Arena.Reserve<float>((long)_norm.Width * state.Replicas));
        training.Save(_norm, saved);
        (DeviceBuffer logDeterminants, Action<int> add) = LogDeterminant(training);
        return samples =>
        {
            kernel.Launch(
                new FlowNormForwardArguments
                {
                    Input = input.Address,
                    LogScale = state.Parameter(_norm.LogScale),
                    Shift = state.Parameter(_norm.Shift),
                    RunningMean = state.Statistic(_norm.RunningMean),
                    RunningVariance = state.Statistic(_norm.RunningVariance),
                    Normalized = saved.Normalized.Address,
                    Inverse = saved.Inverse.Address,
                    Output = output.Address,
                    LogDeterminants = logDeterminants.Address,
                    Stride = output.Stride,
                    ParameterStride = training.State.ParameterStride,
                    StatisticsStride = training.State.StatisticsStride,
                    Width = _norm.Width,
                    Samples = samples,
                    Epsilon = FlowNorm.Epsilon,
                    Momentum = FlowNorm.Momentum,
                },
                state.Replicas);
            add(samples);
        };
    }

    public override Action<RowRange> InScoring(CudaScoring scoring)
    {
        Kernel<FlowNormScoringArguments> kernel = scoring.Kernel(Scoring);
        CudaState state = scoring.State;
        RowBuffer input = scoring.Read(forward.Input), output = scoring.Write(forward.Output);
        (DeviceBuffer logDeterminants, Action<int> add) = LogDeterminant(scoring);
        return rows =>
        {
            kernel.Launch(
                new FlowNormScoringArguments
                {
                    Input = input.Address,
                    LogScale = state.Parameter(_norm.LogScale),
                    Shift = state.Parameter(_norm.Shift),
                    RunningMean = state.Statistic(_norm.RunningMean),
                    RunningVariance = state.Statistic(_norm.RunningVariance),
                    Output = output.Address,
                    LogDeterminants = logDeterminants.Address,
                    Stride = output.Stride,
                    ParameterStride = scoring.State.ParameterStride,
                    StatisticsStride = scoring.State.StatisticsStride,
                    Width = _norm.Width,
                    Samples = rows.Count,
                    Epsilon = FlowNorm.Epsilon,
                },
                state.Replicas);
            add(rows.Count);
        };
    }

    private (DeviceBuffer Parts, Action<int> Add) LogDeterminant(CudaWalk walk)
    {
        Kernel<LogDeterminantArguments> kernel = walk.Kernel(AddLogDeterminant);
        RowBuffer before = walk.Read(forward.LogDeterminantBefore), after = walk.Write(forward.LogDeterminant);
        DeviceBuffer parts = walk.Workspace<float>("log-determinants of features", (long)_norm.Width * walk.State.Replicas);
        return (parts, samples => kernel.Launch(
            new LogDeterminantArguments
            {
                LogDeterminants = parts.Address,
                Before = before.Address,
                After = after.Address,
                BatchStride = walk.Rows,
                Width = _norm.Width,
                Samples = samples,
            },
            walk.State.Replicas));
    }
}

/// <summary>Batch normalisation of a flow backward.</summary>
internal sealed class CudaFlowNormBackward(FlowNormBackward backward) : CudaOperation
{
    public static readonly KernelDefinition<FlowNormBackwardArguments> Kernel = new(
        "flownorm.cu", "flow_norm_backward", (in a, replicas, _) => LaunchShape.Columns(a.Width, replicas));

    public override Action<int> InTrainingStep(CudaTrainingStep training, Queue<PlanOperation> following)
    {
        Kernel<FlowNormBackwardArguments> kernel = training.Kernel(Kernel);
        FlowNorm norm = backward.Norm;
        CudaState state = training.State;
        RowBuffer outputGradient = training.Read(backward.OutputGradient), inputGradient = training.Write(backward.InputGradient);
        FlowNormSaved saved = training.Saved<FlowNormSaved>(norm);
        return samples => kernel.Launch(
            new FlowNormBackwardArguments
            {
                OutputGradient = outputGradient.Address,
                Normalized = saved.Normalized.Address,
                Inverse = saved.Inverse.Address,
                LogScale = state.Parameter(norm.LogScale),
                Weights = training.Weights.Address,
                InputGradient = inputGradient.Address,
                LogScaleGradient = state.GradientOf(norm.LogScale),
                ShiftGradient = state.GradientOf(norm.Shift),
                Stride = outputGradient.Stride,
                ParameterStride = training.State.ParameterStride,
                BatchStride = training.Rows,
                Width = norm.Width,
                Samples = samples,
            },
            state.Replicas);
    }
}

/// <summary>What batch normalisation of a flow keeps from its forward for its backward pass.</summary>
/// <param name="Normalized">x̂ of every row.</param>
/// <param name="Inverse">1/√(v + ε) per feature.</param>
internal sealed record FlowNormSaved(RowBuffer Normalized, DeviceBuffer Inverse);
