using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Stacked;

/// <summary>
/// A flow's normalisation, folded into one scale s = e^γ/√(v + ε) and one shift b − s·m per feature. Its log-determinant, the same
/// for all rows, goes into the network's constant.
/// </summary>
internal sealed unsafe class StackedFlowNorm<T> : StackedStep
    where T : struct, ILanes<T>
{
    private readonly FlowNorm _norm;
    private readonly StackedActivation _input, _output, _before, _after;
    private readonly StackedNumbers _scaling;

    public StackedFlowNorm(StackedProgram program, FlowNormForward operation)
    {
        _norm = operation.Norm;
        _input = program[operation.Input];
        _before = program[operation.LogDeterminantBefore];
        _output = program.Make(operation.Output);
        _after = program.Make(operation.LogDeterminant);
        _scaling = program.Reserve(2 * _norm.Width);
    }

    public override void Fold(ref StackedFold network)
    {
        ReadOnlySpan<float> parameters = network.Numbers.Parameters, statistics = network.Numbers.Statistics;
        for (int j = 0; j < _norm.Width; j++)
        {
            float logScale = parameters[_norm.LogScale.Offset + j];
            float variance = statistics[_norm.RunningVariance.Offset + j] + FlowNorm.Epsilon;
            float scale = MathF.Exp(logScale) / MathF.Sqrt(variance);
            network[_scaling, 2 * j] = scale;
            network[_scaling, (2 * j) + 1] =
                parameters[_norm.Shift.Offset + j] - (scale * statistics[_norm.RunningMean.Offset + j]);
            network.LogDeterminant += logScale - (0.5 * Math.Log(variance));
        }
    }

    public override void Run(in StackedBlock block)
    {
        float* scaling = block[_scaling, T.Count];
        for (int v = 0; v < block.Vectors; v++)
        {
            nint at = (nint)v * block.Samples * _input.Stride;
            Stack.ScaleAndShift<T>(_input.Pointer + at, scaling, _output.Pointer + at, _norm.Width, _input.Stride, block.Samples);
            scaling += _scaling.Length * T.Count;
        }

        int length = block.Slots * T.Count;
        new ReadOnlySpan<float>(_before.Pointer, length).CopyTo(new Span<float>(_after.Pointer, length));
    }
}
