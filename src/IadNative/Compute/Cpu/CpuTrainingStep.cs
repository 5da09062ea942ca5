using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu;

/// <summary>
/// The training step of a plan, compiled: all memory of one batch, and a walk over the plan's operations. It works on one
/// replica at a time; each worker thread has its own.
/// </summary>
internal sealed unsafe class CpuTrainingStep<T>
    where T : struct, ILanes<T>
{
    private readonly Plan _plan;
    private readonly SessionSpec _spec;
    private readonly ActivationBuffers _activations;
    private readonly Dictionary<DenseLayer, NormWorkspace> _dense = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<DenseLayer, MaskRanges> _ranges = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<ConvLayer, CpuConvolution<T>> _convolutions = new(ReferenceEqualityComparer.Instance);
    private readonly PlanOperation[] _operations;
    private readonly Dictionary<FlowNorm, NormWorkspace> _norms = new(ReferenceEqualityComparer.Instance);
    private readonly FloatBuffer _distances, _weights, _factors, _origin, _mask;
    private readonly float[] _sorted;
    private readonly int _stride;

    private CpuReplica _replica = null!;
    private int* _rows;
    private int _samples, _padded;
    private bool _updateRadius;
    private double _loss;

    public CpuTrainingStep(Plan plan, SessionSpec spec, int largestBatch)
    {
        _plan = plan;
        _spec = spec;
        _operations = [.. plan.Step];
        _activations = new ActivationBuffers(plan.Step, largestBatch);
        _stride = _activations.Stride;
        foreach (DenseForward dense in plan.Step.OfType<DenseForward>())
        {
            _ranges[dense.Layer] = new MaskRanges(dense.Layer.Weight);
            if (dense.Layer.Norm is not null) _dense[dense.Layer] = new NormWorkspace(dense.Layer.Outputs, _stride);
        }

        foreach (ConvBackward conv in plan.Step.OfType<ConvBackward>())
            _convolutions[conv.Layer] = new CpuConvolution<T>(conv.Layer, _stride, conv.InputGradient is not null);
        foreach (FlowNormForward norm in plan.Step.OfType<FlowNormForward>())
            _norms[norm.Norm] = new NormWorkspace(norm.Norm.Width, _stride);
        _origin = new FloatBuffer(plan.Output.Width);
        _mask = new FloatBuffer(plan.Parameters.IsMasked ? Padding.RoundUp(plan.Parameters.Length, T.Count) : 0);
        if (plan.Parameters.IsMasked) plan.Parameters.ToMask().CopyTo(_mask.Span);
        _distances = new FloatBuffer(_stride);
        _weights = new FloatBuffer(_stride);
        _factors = new FloatBuffer(_stride);
        _sorted = new float[largestBatch];
    }

    /// <summary>One step of a replica on some rows of the data.</summary>
    /// <returns>Σ wᵢ·l(xᵢ) over the batch.</returns>
    public double Run(CpuReplica replica, ReadOnlySpan<int> rows, bool updateRadius)
    {
        _replica = replica;
        _samples = rows.Length;
        _padded = Padding.RoundUp(rows.Length, T.Count);
        _updateRadius = updateRadius;
        fixed (int* pointer = rows)
        {
            _rows = pointer;
            foreach (PlanOperation operation in _operations) Execute(operation);
        }

        GC.KeepAlive(this);
        return _loss;
    }

    private void Execute(PlanOperation operation)
    {
        switch (operation)
        {
            case GatherBatch gather: Gather(gather); break;
            case DenseForward dense: Forward(dense); break;
            case WeightedLoss loss: Loss(loss); break;
            case DenseBackward dense: Backward(dense); break;
            case ConvForward conv: Forward(conv); break;
            case ConvBackward conv: Backward(conv); break;
            case AffineForward affine: Forward(affine); break;
            case AffineBackward affine: Backward(affine); break;
            case FlowNormForward norm: Forward(norm); break;
            case FlowNormBackward norm: Backward(norm); break;
            case MaskGradient: Elementwise.Mask<T>(_replica.Gradient.Pointer, _mask.Pointer, _plan.Parameters.Length); break;
            case AdamStep: Adam(); break;
            case RadiusUpdate: UpdateRadius(); break;
            default: throw new NotSupportedException($"The CPU engine has no training step for {operation.GetType().Name}.");
        }
    }

    private void Gather(GatherBatch gather)
    {
        fixed (float* data = _spec.Data, offset = _spec.Scaler.Offset, scale = _spec.Scaler.Scale)
        {
            Batch.Gather(
                data, _rows, _plan.Features, offset, scale, _activations[gather.Output], _stride, _samples, _padded);
        }

        float* weights = _weights.Pointer;
        float[] importance = _replica.ImportanceWeights;
        for (int s = 0; s < _samples; s++) weights[s] = importance[_rows[s]];
        for (int s = _samples; s < _padded; s++) weights[s] = 0;
    }

    private void Forward(DenseForward dense)
    {
        DenseLayer layer = dense.Layer;
        float* parameters = _replica.Parameters.Pointer;
        float* bias = layer.Bias is { } slot ? parameters + slot.Offset : null;
        float* output = _activations[dense.Output];
        float* weights = parameters + layer.Weight.Offset;
        ReadOnlySpan<InnerRange> ranges = _ranges[layer].Outputs;
        if (layer.Norm is not { } norm)
        {
            Matrix.Multiply<T>(
                weights, layer.Inputs, 1, layer.Outputs, layer.Inputs, _activations[dense.Input], output, _stride, _padded, bias,
                ranges: ranges, slope: layer.Slope);
            return;
        }

        NormWorkspace workspace = _dense[layer];
        float* product = workspace.Normalized.Pointer, statistics = _replica.Statistics.Pointer;
        Matrix.Multiply<T>(
            weights, layer.Inputs, 1, layer.Outputs, layer.Inputs, _activations[dense.Input], product, _stride, _padded, bias,
            ranges: ranges);
        for (int o = 0; o < layer.Outputs; o++)
        {
            float* feature = product + ((nint)o * _stride);
            workspace.Inverse.Pointer[o] = BatchNormalization.Forward<T>(
                feature, _samples, _samples, BatchNorm.Epsilon, BatchNorm.Momentum, ref statistics[norm.RunningMean.Offset + o],
                ref statistics[norm.RunningVariance.Offset + o]);
            float scale = norm.Scale is null ? 1 : parameters[norm.Scale.Offset + o];
            float shift = norm.Shift is null ? 0 : parameters[norm.Shift.Offset + o];
            Activate.Forward<T>(feature, output + ((nint)o * _stride), _samples, scale, shift, layer.Slope);
        }
    }

    private void Loss(WeightedLoss loss)
    {
        float* output = _activations[loss.Output];
        float* target = loss.Target is null ? null : _activations[loss.Target];
        int width = loss.Output.Width;
        float* center = loss.LogDeterminant is null ? _replica.Center.Pointer : _origin.Pointer;
        if (target == null)
            SquaredDistance.FromCenter<T>(output, center, width, _stride, _padded, _distances.Pointer);
        else
            SquaredDistance.FromTarget<T>(output, target, width, _stride, _padded, _distances.Pointer);
        if (loss.LogDeterminant is not null)
            LogLikelihood.Score<T>(_distances.Pointer, _activations[loss.LogDeterminant], width, _padded);

        float pull = loss.Kind == LossKind.NegativeLogLikelihood ? 0.5f : 1;
        float radiusSquared = _replica.Radius * _replica.Radius;
        _loss = loss.Kind == LossKind.SoftBoundary
            ? SampleLoss.SoftBoundary<T>(
                _distances.Pointer, _weights.Pointer, _factors.Pointer, _samples, radiusSquared, (float)_spec.Nu)
            : SampleLoss.Plain<T>(_distances.Pointer, _weights.Pointer, _factors.Pointer, _samples, pull);
        SquaredDistance.Gradient<T>(
            output, target, center, _factors.Pointer, width, _stride, _padded,
            _activations[loss.OutputGradient]);
    }

    private void Backward(DenseBackward dense)
    {
        DenseLayer layer = dense.Layer;
        float* parameters = _replica.Parameters.Pointer;
        float* gradients = _replica.Gradient.Pointer;
        float* gradient = _activations[dense.OutputGradient];
        float* output = _activations[dense.Output];
        NormWorkspace? workspace = _dense.GetValueOrDefault(layer);
        for (int o = 0; o < layer.Outputs; o++)
        {
            float* feature = gradient + ((nint)o * _stride);
            if (layer.HasRelu)
                Activate.Backward<T>(output + ((nint)o * _stride), feature, _samples, layer.Slope);
            if (layer.Norm is { } norm)
            {
                float factor = workspace!.Inverse.Pointer[o];
                if (norm.Scale is not null) factor *= parameters[norm.Scale.Offset + o];
                (float scale, float shift) = BatchNormalization.Backward<T>(
                    feature, workspace.Normalized.Pointer + ((nint)o * _stride), _samples, factor);
                if (norm.Scale is not null) gradients[norm.Scale.Offset + o] = scale;
                if (norm.Shift is not null) gradients[norm.Shift.Offset + o] = shift;
            }

            if (layer.Bias is { } bias) gradients[bias.Offset + o] = Reduce.Sum<T>(feature, _samples);
        }

        Matrix.WeightGradient<T>(
            gradient, _activations[dense.Input], gradients + layer.Weight.Offset, layer.Outputs, layer.Inputs, _stride, _padded,
            _ranges[layer].Outputs);
        if (dense.InputGradient is null) return;
        Matrix.Multiply<T>(
            parameters + layer.Weight.Offset, 1, layer.Inputs, layer.Inputs, layer.Outputs, gradient,
            _activations[dense.InputGradient], _stride, _padded, null, dense.Accumulate, _ranges[layer].Inputs);
    }

    private void Forward(ConvForward conv) =>
        _convolutions[conv.Layer].Forward(_replica, _activations[conv.Input], _activations[conv.Output], _samples);

    private void Backward(ConvBackward conv) => _convolutions[conv.Layer].Backward(
        _replica, _activations[conv.Input], _activations[conv.OutputGradient],
        conv.InputGradient is null ? null : _activations[conv.InputGradient], _samples);

    private void Forward(AffineForward affine) => AffineMap.Forward<T>(
        _activations[affine.Input], _activations[affine.Affine], _activations[affine.Output],
        affine.LogDeterminantBefore is null ? null : _activations[affine.LogDeterminantBefore],
        _activations[affine.LogDeterminant], affine.Output.Width, _stride, _samples);

    private void Backward(AffineBackward affine) => AffineMap.Backward<T>(
        _activations[affine.Affine], _activations[affine.Output], _activations[affine.OutputGradient], _weights.Pointer,
        _activations[affine.AffineGradient], affine.InputGradient is null ? null : _activations[affine.InputGradient],
        affine.Output.Width, _stride, _samples);

    private void Forward(FlowNormForward forward)
    {
        FlowNorm norm = forward.Norm;
        NormWorkspace workspace = _norms[norm];
        float* parameters = _replica.Parameters.Pointer;
        float* statistics = _replica.Statistics.Pointer;
        float logDeterminant = 0;
        for (int j = 0; j < norm.Width; j++)
        {
            nint at = (nint)j * _stride;
            float* normalized = workspace.Normalized.Pointer + at;
            new ReadOnlySpan<float>(_activations[forward.Input] + at, _padded).CopyTo(new Span<float>(normalized, _padded));
            float inverse = BatchNormalization.Forward<T>(
                normalized, _samples, _samples - 1, FlowNorm.Epsilon, FlowNorm.Momentum,
                ref statistics[norm.RunningMean.Offset + j], ref statistics[norm.RunningVariance.Offset + j]);
            float logScale = parameters[norm.LogScale.Offset + j];
            Activate.Forward<T>(
                normalized, _activations[forward.Output] + at, _samples, MathF.Exp(logScale), parameters[norm.Shift.Offset + j], 1);
            workspace.Inverse.Pointer[j] = inverse;
            logDeterminant += logScale + MathF.Log(inverse);
        }

        Elementwise.Add<T>(
            _activations[forward.LogDeterminantBefore], logDeterminant, _activations[forward.LogDeterminant], _padded);
    }

    private void Backward(FlowNormBackward backward)
    {
        FlowNorm norm = backward.Norm;
        NormWorkspace workspace = _norms[norm];
        float* parameters = _replica.Parameters.Pointer;
        float* gradients = _replica.Gradient.Pointer;
        float weight = Reduce.Sum<T>(_weights.Pointer, _samples) / _samples;
        for (int j = 0; j < norm.Width; j++)
        {
            nint at = (nint)j * _stride;
            (gradients[norm.LogScale.Offset + j], gradients[norm.Shift.Offset + j]) = BatchNormalization.FlowBackward<T>(
                _activations[backward.OutputGradient] + at, workspace.Normalized.Pointer + at,
                _activations[backward.InputGradient] + at, _samples, MathF.Exp(parameters[norm.LogScale.Offset + j]),
                workspace.Inverse.Pointer[j], weight);
        }
    }

    private void Adam() => Kernels.Adam.Step<T>(
        _replica.Parameters.Pointer, _replica.Gradient.Pointer, _replica.FirstMoment.Pointer, _replica.SecondMoment.Pointer,
        _plan.Parameters.Length, ++_replica.Steps, _spec.LearningRate, (float)_spec.WeightDecay);

    private void UpdateRadius()
    {
        if (!_updateRadius) return;
        Span<float> sorted = _sorted.AsSpan(0, _samples);
        for (int s = 0; s < _samples; s++) sorted[s] = MathF.Sqrt(_distances.Pointer[s]);
        sorted.Sort();
        if (!float.IsFinite(sorted[0]) || !float.IsFinite(sorted[^1])) return; // The loss says so at the end of the epoch.
        _replica.Radius = (float)Metrics.Quantiles.Linear(sorted, 1 - _spec.Nu);
    }
}
