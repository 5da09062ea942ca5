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
    private readonly DeviceBuffer _weights, _scores, _losses;

    public CudaTrainingStep(
        ICudaDriver driver, KernelSet kernels, Plan plan, SessionSpec spec, CudaState state, DeviceArena arena, int largestBatch)
    {
        (_driver, _kernels, _plan, _spec, _state, _largestBatch) = (driver, kernels, plan, spec, state, largestBatch);
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
                case WeightedLoss loss: Reserve(loss.OutputGradient); break;
                case DenseBackward { InputGradient: { } gradient }: Reserve(gradient); break;
            }
        }

        _weights = arena.Reserve<float>((long)largestBatch * state.Replicas);
        _scores = arena.Reserve<float>((long)largestBatch * state.Replicas);
        _losses = arena.Reserve<float>((long)largestBatch * state.Replicas);

        void Reserve(Activation activation) => _activations[activation.Name] = arena.Reserve<float>(Length(activation));

        long Length(Activation activation) => (long)activation.Width * largestBatch * state.Replicas;
    }

    /// <summary>One step of every replica on its samples <paramref name="start"/> … of the epoch's order.</summary>
    public void Run(int start, int samples, bool updateRadius)
    {
        foreach (PlanOperation operation in _operations)
        {
            switch (operation)
            {
                case GatherBatch gather: Gather(gather, start, samples); break;
                case DenseForward dense: Forward(dense, samples); break;
                case WeightedLoss loss: Loss(loss, samples); break;
                case DenseBackward dense: Backward(dense, samples); break;
                case AdamStep: Adam(); break;
                case RadiusUpdate: UpdateRadius(samples, updateRadius); break;
                default: throw new NotSupportedException($"The CUDA engine has no training step for {operation.GetType().Name}.");
            }
        }
    }

    private void Gather(GatherBatch gather, int start, int samples) => _kernels.Gather(
        new GatherArguments
        {
            Data = _state.Data.Address,
            Rows = _state.Order.Address,
            Offset = _state.Offset.Address,
            Scale = _state.Scale.Address,
            Importance = _state.ImportanceWeights.Address,
            Output = Address(gather.Output),
            BatchWeights = _weights.Address,
            RowsStride = _state.RowsPerReplica,
            ImportanceStride = _state.Samples,
            OutputStride = Stride(gather.Output),
            WeightsStride = _largestBatch,
            Features = _plan.Features,
            Start = start,
            Samples = samples,
        },
        _state.Replicas);

    private void Forward(DenseForward dense, int samples)
    {
        DenseLayer layer = dense.Layer;
        float slope = layer.LeakyRelu ? DenseLayer.LeakySlope : 1;
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

    private void Loss(WeightedLoss loss, int samples)
    {
        _kernels.WeightedLoss(
            new LossArguments
            {
                Output = Address(loss.Output),
                Target = loss.Target is null ? 0 : Address(loss.Target),
                Center = _state.Center.Address,
                Radius = _state.Radius.Address,
                Weights = _weights.Address,
                Scores = _scores.Address,
                Losses = _losses.Address,
                Gradient = Address(loss.OutputGradient),
                Stride = Stride(loss.Output),
                TargetStride = loss.Target is null ? 0 : Stride(loss.Target),
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
        float slope = layer.LeakyRelu ? DenseLayer.LeakySlope : 1;
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
        else if (layer.LeakyRelu || layer.Bias is not null)
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

    private void Adam()
    {
        _kernels.AdamCorrections(new AdamCorrectionArguments
        {
            Steps = _state.Steps.Address,
            Corrections = _state.Corrections.Address,
            Replicas = _state.Replicas,
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

    private void UpdateRadius(int samples, bool asked)
    {
        if (!asked) return;
        _kernels.UpdateRadius(
            new RadiusArguments
            {
                Scores = _scores.Address,
                Radius = _state.Radius.Address,
                BatchStride = _largestBatch,
                Samples = samples,
                Quantile = 1 - _spec.Nu,
            },
            _state.Replicas);
    }

    private ulong Address(Activation activation) => _activations[activation.Name].Address;

    private long Stride(Activation activation) => (long)activation.Width * _largestBatch;
}
