using IadNative.Compute;

namespace IadNative.Cuda;

/// <summary>A plan's training step on the device: the activations of a batch of every replica, and a walk over the plan.</summary>
internal sealed class CudaTrainingStep
{
    private readonly ICudaDriver _driver;
    private readonly KernelSet _kernels;
    private readonly Plan _plan;
    private readonly SessionSpec _spec;
    private readonly CudaState _state;
    private readonly PlanOperation[] _operations;
    private readonly int _largestBatch;
    private readonly Dictionary<string, DeviceBuffer> _activations = [];
    private readonly Dictionary<DenseLayer, (DeviceBuffer Normalized, DeviceBuffer Inverse)> _saved = [];
    private readonly Dictionary<FlowNorm, (DeviceBuffer Normalized, DeviceBuffer Inverse, DeviceBuffer LogDeterminants)> _norms =
        new(ReferenceEqualityComparer.Instance);
    private readonly CudaConvolutions _convolutions;
    private readonly DeviceBuffer _order, _weights, _scores, _losses;

    public CudaTrainingStep(
        ICudaDriver driver, KernelSet kernels, Plan plan, SessionSpec spec, CudaState state, DeviceBuffer order, DeviceArena arena,
        int largestBatch)
    {
        (_driver, _kernels, _plan, _spec, _state, _order, _largestBatch) = (driver, kernels, plan, spec, state, order, largestBatch);
        _operations = [.. plan.Step];
        foreach (PlanOperation operation in plan.Step)
        {
            switch (operation)
            {
                case GatherBatch gather: Reserve(gather.Output); break;
                case DenseForward dense:
                    Reserve(dense.Output);
                    if (dense.Layer.Norm is null) break;
                    _saved[dense.Layer] = (
                        arena.Reserve<float>(Length(dense.Output)),
                        arena.Reserve<float>((long)dense.Layer.Outputs * state.Replicas));
                    break;
                case ConvForward conv: Reserve(conv.Output); break;
                case ConvBackward { InputGradient: { } gradient }: Reserve(gradient); break;
                case WeightedLoss loss: Reserve(loss.OutputGradient); break;
                case AffineForward affine:
                    Reserve(affine.Output);
                    Reserve(affine.LogDeterminant);
                    break;
                case AffineBackward affine:
                    Reserve(affine.AffineGradient);
                    if (affine.InputGradient is not null) Reserve(affine.InputGradient);
                    break;
                case FlowNormForward norm:
                    Reserve(norm.Output);
                    Reserve(norm.LogDeterminant);
                    _norms[norm.Norm] = (
                        arena.Reserve<float>(Length(norm.Output)), arena.Reserve<float>((long)norm.Norm.Width * state.Replicas),
                        arena.Reserve<float>((long)norm.Norm.Width * state.Replicas));
                    break;
                case FlowNormBackward norm: Reserve(norm.InputGradient); break;
                case DenseBackward { InputGradient: { } gradient }: Reserve(gradient); break;
            }
        }

        _convolutions = new CudaConvolutions(kernels, plan, state, arena, largestBatch);
        _weights = arena.Reserve<float>((long)largestBatch * state.Replicas);
        _scores = arena.Reserve<float>((long)largestBatch * state.Replicas);
        _losses = arena.Reserve<float>((long)largestBatch * state.Replicas);

        void Reserve(Activation activation)
        {
            if (!_activations.ContainsKey(activation.Name)) _activations[activation.Name] = arena.Reserve<float>(Length(activation));
        }

        long Length(Activation activation) => (long)activation.Width * largestBatch * state.Replicas;
    }

    /// <summary>One step of every replica on the next samples of the epoch's order, where the cursor stands.</summary>
    public void Run(int samples)
    {
        foreach (PlanOperation operation in _operations)
        {
            switch (operation)
            {
                case GatherBatch gather: Gather(gather, samples); break;
                case DenseForward dense: Forward(dense, samples); break;
                case ConvForward conv: Forward(conv, samples); break;
                case ConvBackward conv: Backward(conv, samples); break;
                case WeightedLoss loss: Loss(loss, samples); break;
                case DenseBackward dense: Backward(dense, samples); break;
                case AffineForward affine: Forward(affine, samples); break;
                case AffineBackward affine: Backward(affine, samples); break;
                case FlowNormForward norm: Forward(norm, samples); break;
                case FlowNormBackward norm: Backward(norm, samples); break;
                case MaskGradient: Mask(); break;
                case AdamStep: Adam(samples); break;
                case RadiusUpdate: UpdateRadius(samples); break;
                default: throw new NotSupportedException($"The CUDA engine has no training step for {operation.GetType().Name}.");
            }
        }
    }

    private void Gather(GatherBatch gather, int samples) => _kernels.Gather(
        new GatherArguments
        {
            Data = _state.Data.Address,
            Rows = _order.Address,
            Offset = _state.Offset.Address,
            Scale = _state.Scale.Address,
            Importance = _state.ImportanceWeights.Address,
            Cursor = _state.Cursor.Address,
            Output = Address(gather.Output),
            BatchWeights = _weights.Address,
            RowsStride = _state.RowsPerReplica,
            ImportanceStride = _state.Samples,
            OutputStride = Stride(gather.Output),
            WeightsStride = _largestBatch,
            Features = _plan.Features,
            Samples = samples,
        },
        _state.Replicas);

    private void Forward(DenseForward dense, int samples)
    {
        DenseLayer layer = dense.Layer;
        float slope = layer.Slope;
        ulong product = layer.Norm is null ? Address(dense.Output) : _saved[layer].Normalized.Address;
        _driver.Multiply(new MatrixProduct
        {
            Rows = samples,
            Columns = layer.Outputs,
            Inner = layer.Inputs,
            A = Address(dense.Input),
            B = _state.Parameter(layer.Weight),
            C = product,
            TransposeB = true,
            RowStrideA = layer.Inputs,
            RowStrideB = layer.Inputs,
            RowStrideC = layer.Outputs,
            BatchStrideA = Stride(dense.Input),
            BatchStrideB = _plan.Parameters.Length,
            BatchStrideC = Stride(dense.Output),
            Batch = _state.Replicas,
        });
        if (layer.Norm is not { } norm)
        {
            _kernels.LinearForward(
                new LinearForwardArguments
                {
                    Values = product,
                    Bias = _state.Parameter(layer.Bias),
                    Stride = Stride(dense.Output),
                    BiasStride = _plan.Parameters.Length,
                    Width = layer.Outputs,
                    Samples = samples,
                    Slope = slope,
                },
                _state.Replicas);
            return;
        }

        _kernels.BatchNormForward(
            new BatchNormForwardArguments
            {
                Product = product,
                Bias = _state.Parameter(layer.Bias),
                Scale = _state.Parameter(norm.Scale),
                Shift = _state.Parameter(norm.Shift),
                RunningMean = _state.Statistic(norm.RunningMean),
                RunningVariance = _state.Statistic(norm.RunningVariance),
                Normalized = product,
                Inverse = _saved[layer].Inverse.Address,
                Output = Address(dense.Output),
                Stride = Stride(dense.Output),
                ParameterStride = _plan.Parameters.Length,
                StatisticsStride = _plan.Statistics.Length,
                Width = layer.Outputs,
                Samples = samples,
                Slope = slope,
                Epsilon = BatchNorm.Epsilon,
                Momentum = BatchNorm.Momentum,
            },
            _state.Replicas);
    }

    private void Forward(ConvForward conv, int samples) =>
        _convolutions.Forward(conv.Layer, Address(conv.Input), Address(conv.Output), samples);

    private void Backward(ConvBackward conv, int samples) => _convolutions.Backward(
        conv.Layer, Address(conv.Input), Address(conv.Output), Address(conv.OutputGradient),
        conv.InputGradient is null ? 0 : Address(conv.InputGradient), samples);

    private void Loss(WeightedLoss loss, int samples)
    {
        _kernels.WeightedLoss(
            new LossArguments
            {
                Output = Address(loss.Output),
                Target = loss.Target is null ? 0 : Address(loss.Target),
                Center = _state.Center.Address,
                Radius = _state.Radius.Address,
                LogDeterminants = loss.LogDeterminant is null ? 0 : Address(loss.LogDeterminant),
                Weights = _weights.Address,
                Scores = _scores.Address,
                Losses = _losses.Address,
                Gradient = Address(loss.OutputGradient),
                Stride = Stride(loss.Output),
                TargetStride = loss.Target is null ? 0 : Stride(loss.Target),
                ScoresStride = _largestBatch,
                BatchStride = _largestBatch,
                Width = loss.Output.Width,
                Samples = samples,
                Kind = (int)loss.Kind,
                Nu = (float)_spec.Nu,
            },
            _state.Replicas);
        _kernels.AddBatchLoss(
            new LossSumArguments
            {
                Losses = _losses.Address,
                EpochLoss = _state.EpochLoss.Address,
                BatchStride = _largestBatch,
                Samples = samples,
            },
            _state.Replicas);
    }

    private void Backward(DenseBackward dense, int samples)
    {
        DenseLayer layer = dense.Layer;
        BackwardEpilogue(dense, samples);
        ulong gradient = Address(dense.OutputGradient);
        _driver.Multiply(new MatrixProduct
        {
            Rows = layer.Outputs,
            Columns = layer.Inputs,
            Inner = samples,
            A = gradient,
            B = Address(dense.Input),
            C = _state.GradientOf(layer.Weight),
            TransposeA = true,
            RowStrideA = layer.Outputs,
            RowStrideB = layer.Inputs,
            RowStrideC = layer.Inputs,
            BatchStrideA = Stride(dense.OutputGradient),
            BatchStrideB = Stride(dense.Input),
            BatchStrideC = _plan.Parameters.Length,
            Batch = _state.Replicas,
        });
        if (dense.InputGradient is null) return;
        _driver.Multiply(new MatrixProduct
        {
            Rows = samples,
            Columns = layer.Inputs,
            Inner = layer.Outputs,
            A = gradient,
            B = _state.Parameter(layer.Weight),
            C = Address(dense.InputGradient),
            Beta = dense.Accumulate ? 1 : 0,
            RowStrideA = layer.Outputs,
            RowStrideB = layer.Inputs,
            RowStrideC = layer.Inputs,
            BatchStrideA = Stride(dense.OutputGradient),
            BatchStrideB = _plan.Parameters.Length,
            BatchStrideC = Stride(dense.InputGradient),
            Batch = _state.Replicas,
        });
    }

    private void BackwardEpilogue(DenseBackward dense, int samples)
    {
        DenseLayer layer = dense.Layer;
        float slope = layer.Slope;
        if (layer.Norm is { } norm)
        {
            _kernels.BatchNormBackward(
                new BatchNormBackwardArguments
                {
                    Gradient = Address(dense.OutputGradient),
                    Output = Address(dense.Output),
                    Normalized = _saved[layer].Normalized.Address,
                    Inverse = _saved[layer].Inverse.Address,
                    Scale = _state.Parameter(norm.Scale),
                    ScaleGradient = _state.GradientOf(norm.Scale),
                    ShiftGradient = _state.GradientOf(norm.Shift),
                    BiasGradient = _state.GradientOf(layer.Bias),
                    Stride = Stride(dense.Output),
                    ParameterStride = _plan.Parameters.Length,
                    Width = layer.Outputs,
                    Samples = samples,
                    Slope = slope,
                },
                _state.Replicas);
        }
        else if (layer.HasRelu || layer.Bias is not null)
        {
            _kernels.LinearBackward(
                new LinearBackwardArguments
                {
                    Gradient = Address(dense.OutputGradient),
                    Output = Address(dense.Output),
                    BiasGradient = _state.GradientOf(layer.Bias),
                    Stride = Stride(dense.Output),
                    ParameterStride = _plan.Parameters.Length,
                    Width = layer.Outputs,
                    Samples = samples,
                    Slope = slope,
                },
                _state.Replicas);
        }
    }

    private void Forward(AffineForward affine, int samples) => _kernels.AffineForward(
        new AffineForwardArguments
        {
            Input = Address(affine.Input),
            Affine = Address(affine.Affine),
            Output = Address(affine.Output),
            Before = affine.LogDeterminantBefore is null ? 0 : Address(affine.LogDeterminantBefore),
            After = Address(affine.LogDeterminant),
            Stride = Stride(affine.Output),
            InputStride = Stride(affine.Input),
            AffineStride = Stride(affine.Affine),
            BatchStride = _largestBatch,
            Width = affine.Output.Width,
            Samples = samples,
        },
        _state.Replicas);

    private void Backward(AffineBackward affine, int samples) => _kernels.AffineBackward(
        new AffineBackwardArguments
        {
            Affine = Address(affine.Affine),
            Output = Address(affine.Output),
            OutputGradient = Address(affine.OutputGradient),
            Weights = _weights.Address,
            AffineGradient = Address(affine.AffineGradient),
            InputGradient = affine.InputGradient is null ? 0 : Address(affine.InputGradient),
            Stride = Stride(affine.Output),
            AffineStride = Stride(affine.Affine),
            BatchStride = _largestBatch,
            Width = affine.Output.Width,
            Samples = samples,
        },
        _state.Replicas);

    private void Forward(FlowNormForward forward, int samples)
    {
        FlowNorm norm = forward.Norm;
        (DeviceBuffer normalized, DeviceBuffer inverse, DeviceBuffer logDeterminants) = _norms[norm];
        _kernels.FlowNormForward(
            new FlowNormForwardArguments
            {
                Input = Address(forward.Input),
                LogScale = _state.Parameter(norm.LogScale),
                Shift = _state.Parameter(norm.Shift),
                RunningMean = _state.Statistic(norm.RunningMean),
                RunningVariance = _state.Statistic(norm.RunningVariance),
                Normalized = normalized.Address,
                Inverse = inverse.Address,
                Output = Address(forward.Output),
                LogDeterminants = logDeterminants.Address,
                Stride = Stride(forward.Output),
                ParameterStride = _plan.Parameters.Length,
                StatisticsStride = _plan.Statistics.Length,
                Width = norm.Width,
                Samples = samples,
                Epsilon = FlowNorm.Epsilon,
                Momentum = FlowNorm.Momentum,
            },
            _state.Replicas);
        _kernels.AddLogDeterminant(
            new LogDeterminantArguments
            {
                LogDeterminants = logDeterminants.Address,
                Before = Address(forward.LogDeterminantBefore),
                After = Address(forward.LogDeterminant),
                BatchStride = _largestBatch,
                Width = norm.Width,
                Samples = samples,
            },
            _state.Replicas);
    }

    private void Backward(FlowNormBackward backward, int samples)
    {
        FlowNorm norm = backward.Norm;
        (DeviceBuffer normalized, DeviceBuffer inverse, _) = _norms[norm];
        _kernels.FlowNormBackward(
            new FlowNormBackwardArguments
            {
                OutputGradient = Address(backward.OutputGradient),
                Normalized = normalized.Address,
                Inverse = inverse.Address,
                LogScale = _state.Parameter(norm.LogScale),
                Weights = _weights.Address,
                InputGradient = Address(backward.InputGradient),
                LogScaleGradient = _state.GradientOf(norm.LogScale),
                ShiftGradient = _state.GradientOf(norm.Shift),
                Stride = Stride(backward.OutputGradient),
                ParameterStride = _plan.Parameters.Length,
                BatchStride = _largestBatch,
                Width = norm.Width,
                Samples = samples,
            },
            _state.Replicas);
    }

    private void Mask() => _kernels.MaskGradient(
        new MaskArguments
        {
            Gradient = _state.Gradient.Address,
            Mask = _state.Mask.Address,
            Stride = _plan.Parameters.Length,
            Length = _plan.Parameters.Length,
        },
        _state.Replicas);

    private void Adam(int samples)
    {
        _kernels.AdamCorrections(new AdamCorrectionArguments
        {
            Steps = _state.Steps.Address,
            Corrections = _state.Corrections.Address,
            Cursor = _state.Cursor.Address,
            Replicas = _state.Replicas,
            Samples = samples,
            Beta1 = AdamStep.Beta1,
            Beta2 = AdamStep.Beta2,
            Rate = _spec.LearningRate,
        });
        _kernels.AdamStep(
            new AdamArguments
            {
                Parameters = _state.Parameters.Address,
                Gradient = _state.Gradient.Address,
                First = _state.FirstMoment.Address,
                Second = _state.SecondMoment.Address,
                Corrections = _state.Corrections.Address,
                Stride = _plan.Parameters.Length,
                Length = _plan.Parameters.Length,
                Beta1 = AdamStep.Beta1,
                Beta2 = AdamStep.Beta2,
                Epsilon = AdamStep.Epsilon,
                Decay = (float)_spec.WeightDecay,
            },
            _state.Replicas);
    }

    private void UpdateRadius(int samples) => _kernels.UpdateRadius(
        new RadiusArguments
        {
            Scores = _scores.Address,
            Radius = _state.Radius.Address,
            Cursor = _state.Cursor.Address,
            BatchStride = _largestBatch,
            Samples = samples,
            Quantile = 1 - _spec.Nu,
        },
        _state.Replicas);

    private ulong Address(Activation activation) => _activations[activation.Name].Address;

    private long Stride(Activation activation) => (long)activation.Width * _largestBatch;
}
