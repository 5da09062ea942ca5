using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Scoring;
using IadNative.Compute.Cpu.Training;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Operations;

/// <summary>A dense layer forward.</summary>
internal sealed unsafe class CpuDenseForward<T>(DenseForward operation) : CpuOperation<T>
    where T : struct, ILanes<T>
{
    public override IEnumerable<WeightProduct> Products => [new(operation.Layer.Weight, 1)];

    public override TrainingPass InTrainingStep(TrainingSite site) => new DenseForwardPass<T>(
        site.Batch, operation.Layer, site[operation.Input], site[operation.Output], Workspace(site, operation.Layer));

    public override ScoringStep InScoring(ScoringProgram<T> program) => new DenseStep<T>(program, operation);

    /// <summary>What a layer's batch norm keeps from its forward for its backward pass; null without one.</summary>
    public static NormWorkspace? Workspace(TrainingSite site, DenseLayer layer) => layer.Norm is null
        ? null
        : site.WorkspaceOf(layer, () => new NormWorkspace(layer.Outputs, site.Batch.Stride));
}

/// <summary>A dense layer backward.</summary>
internal sealed unsafe class CpuDenseBackward<T>(DenseBackward operation) : CpuOperation<T>
    where T : struct, ILanes<T>
{
    public override IEnumerable<WeightProduct> Products =>
        [new(operation.Layer.Weight, operation.InputGradient is null ? 1 : 2)];

    public override TrainingPass InTrainingStep(TrainingSite site) => new DenseBackwardPass<T>(
        site.Batch, operation.Layer, site[operation.Input], site[operation.Output], site[operation.OutputGradient],
        site.OrNull(operation.InputGradient), operation.Accumulate, CpuDenseForward<T>.Workspace(site, operation.Layer));
}

/// <summary>A dense layer forward, with the statistics of the batch.</summary>
internal sealed unsafe class DenseForwardPass<T>(
    TrainingBatch batch, DenseLayer layer, float* input, float* output, NormWorkspace? workspace) : TrainingPass(batch), ITeamWork
    where T : struct, ILanes<T>
{
    private readonly InnerRange[] _ranges = MaskRanges.OfOutputs(layer.Weight);

    public override void Run() =>
        Batch.Team.Share(this, 0, layer.Outputs, MaskRanges.TileRows, (long)layer.Inputs * layer.Outputs * Batch.Padded);

    public void Part(int phase, int first, int end, int member)
    {
        int stride = Batch.Stride, samples = Batch.Samples;
        nint at = (nint)first * stride;
        float* weights = Batch.Parameters + layer.Weight.Offset + ((nint)first * layer.Inputs);
        float* bias = layer.Bias is { } slot ? Batch.Parameters + slot.Offset + first : null;
        ReadOnlySpan<InnerRange> ranges = _ranges.Length == 0 ? default : _ranges.AsSpan(first / MaskRanges.TileRows);
        if (layer.Norm is not { } norm)
        {
            Matrix.Multiply<T>(
                weights, layer.Inputs, 1, end - first, layer.Inputs, input, output + at, stride, Batch.Padded, bias,
                ranges: ranges, slope: layer.Slope);
            return;
        }

        float* product = workspace!.Normalized.Pointer;
        Matrix.Multiply<T>(
            weights, layer.Inputs, 1, end - first, layer.Inputs, input, product + at, stride, Batch.Padded, bias, ranges: ranges);
        for (int o = first; o < end; o++)
        {
            float* feature = product + ((nint)o * stride);
            workspace.Inverse.Pointer[o] = BatchNormalization.Forward<T>(
                feature, samples, samples, BatchNorm.Epsilon, BatchNorm.Momentum,
                ref Batch.Statistics[norm.RunningMean.Offset + o], ref Batch.Statistics[norm.RunningVariance.Offset + o]);
            float scale = norm.Scale is null ? 1 : Batch.Parameters[norm.Scale.Offset + o];
            float shift = norm.Shift is null ? 0 : Batch.Parameters[norm.Shift.Offset + o];
            Activate.Forward<T>(feature, output + ((nint)o * stride), samples, scale, shift, layer.Slope);
        }
    }
}

/// <summary>
/// A dense layer backward: first its parameters, by outputs; then, unless it is null, the gradient of its input, by inputs.
/// </summary>
internal sealed unsafe class DenseBackwardPass<T>(
    TrainingBatch batch, DenseLayer layer, float* input, float* output, float* outputGradient, float* inputGradient,
    bool accumulate, NormWorkspace? workspace) : TrainingPass(batch), ITeamWork
    where T : struct, ILanes<T>
{
    private const int ByOutputs = 0, ByInputs = 1;

    private readonly InnerRange[] _outputRanges = MaskRanges.OfOutputs(layer.Weight);
    private readonly InnerRange[] _inputRanges = MaskRanges.OfInputs(layer.Weight);

    public override void Run()
    {
        long cost = (long)layer.Inputs * layer.Outputs * Batch.Padded;
        Batch.Team.Share(this, ByOutputs, layer.Outputs, MaskRanges.TileRows, cost);
        if (inputGradient != null) Batch.Team.Share(this, ByInputs, layer.Inputs, MaskRanges.TileRows, cost);
    }

    public void Part(int phase, int first, int end, int member)
    {
        if (phase == ByOutputs) PassToParameters(first, end);
        else PassToInputs(first, end);
    }

    private void PassToParameters(int first, int end)
    {
        int stride = Batch.Stride, samples = Batch.Samples;
        for (int o = first; o < end; o++)
        {
            nint at = (nint)o * stride;
            float* feature = outputGradient + at;
            if (layer.HasRelu) Activate.Backward<T>(output + at, feature, samples, layer.Slope);
            if (layer.Norm is { } norm)
            {
                float factor = workspace!.Inverse.Pointer[o];
                if (norm.Scale is not null) factor *= Batch.Parameters[norm.Scale.Offset + o];
                (float scale, float shift) = BatchNormalization.Backward<T>(
                    feature, workspace.Normalized.Pointer + at, samples, factor);
                if (norm.Scale is not null) Batch.Gradient[norm.Scale.Offset + o] = scale;
                if (norm.Shift is not null) Batch.Gradient[norm.Shift.Offset + o] = shift;
            }

            if (layer.Bias is { } bias) Batch.Gradient[bias.Offset + o] = Reduce.Sum<T>(feature, samples);
        }

        Matrix.WeightGradient<T>(
            outputGradient + ((nint)first * stride), input, Batch.Gradient + layer.Weight.Offset + ((nint)first * layer.Inputs),
            end - first, layer.Inputs, stride, Batch.Padded,
            _outputRanges.Length == 0 ? default : _outputRanges.AsSpan(first / MaskRanges.TileRows));
    }

    private void PassToInputs(int first, int end) => Matrix.Multiply<T>(
        Batch.Parameters + layer.Weight.Offset + first, 1, layer.Inputs, end - first, layer.Outputs, outputGradient,
        inputGradient + ((nint)first * Batch.Stride), Batch.Stride, Batch.Padded, null, accumulate,
        _inputRanges.Length == 0 ? default : _inputRanges.AsSpan(first / MaskRanges.TileRows));
}

/// <summary>A dense layer and its leaky ReLU in scoring; W′, in the order of <see cref="Rows.Pack"/>, and b′ are folded.</summary>
internal sealed unsafe class DenseStep<T> : ScoringStep, ICarryingStep
    where T : struct, ILanes<T>
{
    private readonly DenseLayer _layer;
    private readonly RowActivation _input, _output;
    private readonly int _weight, _bias;
    private readonly InnerRange[] _ranges;

    public DenseStep(ScoringProgram<T> program, DenseForward operation)
    {
        _layer = operation.Layer;
        _input = program.InRows(operation.Input);
        _output = program.MakeRows(operation.Output);
        _weight = program.Reserve(checked(Padding.RoundUp(_layer.Outputs, T.Count) * _layer.Inputs));
        _bias = program.Reserve(_layer.Outputs);
        _ranges = MaskRanges.OfRows(_layer.Weight, T.Count);
        program.ReserveScratch(_layer.Weight.Length);
    }

    // Behind a strict ReLU nothing tells how far below zero its input was.
    public bool Carries => _layer.Slope > 0;

    public override void Fold(FoldedNetwork network, TrainedNumbers numbers)
    {
        BatchNormFolding.Fold(_layer.Weight, _layer.Bias, _layer.Norm, numbers, network.Scratch, network[_bias]);
        Rows.Pack(network.Scratch, _layer.Outputs, _layer.Inputs, T.Count, network[_weight]);
    }

    /// <summary>Wᵀ y of one sample.</summary>
    public void MultiplyTransposed(FoldedNetwork network, float* y, Span<float> x) =>
        Rows.MultiplyTransposed<T>(y, network[_weight], _layer.Inputs, _ranges, x);

    public override void Run(FoldedNetwork network, in ScoringBlock block) => Rows.Multiply<T>(
        _input.Pointer, _input.Stride, block.Samples, network[_weight], _layer.Inputs, network[_bias], _ranges, _layer.Slope,
        _output.Pointer, _output.Stride);

    public void Carry(FoldedNetwork network, int samples)
    {
        for (int s = 1; s < samples; s++)
        {
            nint at = (nint)s * _output.Stride;
            float* own = _output.Multipliers + at;
            LeakyChord.Carry<T>(_output.Pointer + at, _output.Pointer, _layer.Slope, _output.Stride, own);
            new Span<float>(own + _output.Width, _output.Stride - _output.Width).Clear();
            MultiplyTransposed(network, own, new Span<float>(_input.Multipliers + ((nint)s * _input.Stride), _input.Width));
        }
    }
}
