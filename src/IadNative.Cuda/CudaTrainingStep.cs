using System.Diagnostics.CodeAnalysis;
using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Cuda;

/// <summary>
/// A plan's training step on the device: the activations of a batch of every replica, and a walk over the plan, whose operations
/// know at construction where their activations lie.
/// </summary>
internal sealed class CudaTrainingStep
{
    private readonly ICudaDriver _driver;
    private readonly KernelSet _kernels;
    private readonly Plan _plan;
    private readonly SessionSpec _spec;
    private readonly CudaState _state;
    private readonly Action<int>[] _operations, _epochEnd; // each for so many samples
    private readonly int _largestBatch;
    private readonly Dictionary<string, DeviceBuffer> _activations = [];
    private readonly Dictionary<DenseLayer, (DeviceBuffer Normalized, DeviceBuffer Inverse)> _saved =
        new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<FlowNorm, (DeviceBuffer Normalized, DeviceBuffer Inverse, DeviceBuffer LogDeterminants)> _norms =
        new(ReferenceEqualityComparer.Instance);
    private readonly CudaConvolutions _convolutions;
    private readonly DeviceBuffer _order, _weights, _scores, _losses;

    public CudaTrainingStep(
        ICudaDriver driver, KernelSet kernels, Plan plan, SessionSpec spec, CudaState state, DeviceBuffer order, DeviceArena arena,
        int largestBatch)
    {
        (_driver, _kernels, _plan, _spec, _state, _order, _largestBatch) = (driver, kernels, plan, spec, state, order, largestBatch);
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
                case SquaredDistanceBackward score: Reserve(score.OutputGradient); break;
                case NegativeLogLikelihoodBackward score: Reserve(score.OutputGradient); break;
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
        _operations = Compile(plan.Step);
        _epochEnd = Compile(plan.EpochEnd);

        void Reserve(Activation activation)
        {
            if (!_activations.ContainsKey(activation.Name)) _activations[activation.Name] = arena.Reserve<float>(Length(activation));
        }

        long Length(Activation activation) => (long)activation.Width * largestBatch * state.Replicas;
    }

    /// <summary>One step of every replica on the next samples of the epoch's order, where the cursor stands.</summary>
    public void Run(int samples)
    {
        foreach (Action<int> operation in _operations) operation(samples);
    }

    /// <summary>What follows the last step of an epoch, on that step's samples.</summary>
    public void EndEpoch(int samples)
    {
        foreach (Action<int> operation in _epochEnd) operation(samples);
    }

    private Action<int>[] Compile(IReadOnlyList<PlanOperation> operations)
    {
        var compiled = new List<Action<int>>();
        for (int i = 0; i < operations.Count; i++)
        {
            // Score, loss and the score's gradient are one kernel.
            if (i + 2 < operations.Count && ScoreArguments.Of(operations[i], operations[i + 1]) is { } score)
            {
                compiled.Add(Loss(score, operations[i + 2]));
                i += 2;
            }
            else
            {
                compiled.Add(Compile(operations[i]));
            }
        }

        return [.. compiled];
    }

    private Action<int> Compile(PlanOperation operation) => operation switch
    {
        GatherBatch gather => Gather(gather),
        DenseForward dense => Forward(dense),
        ConvForward conv => Forward(conv),
        ConvBackward conv => Backward(conv),
        DenseBackward dense => Backward(dense),
        AffineForward affine => Forward(affine),
        AffineBackward affine => Backward(affine),
        FlowNormForward norm => Forward(norm),
        FlowNormBackward norm => Backward(norm),
        MaskGradient => _ => Mask(),
        AdamStep => Adam,
        RadiusUpdate update => UpdateRadius(update),
        _ => throw new NotSupportedException($"The CUDA engine has no training step for {operation.GetType().Name}."),
    };

    private Action<int> Gather(GatherBatch gather)
    {
        DeviceBuffer output = Of(gather.Output);
        return samples => _kernels.Gather(
            new GatherArguments
            {
                Data = _state.Data.Address,
                Rows = _order.Address,
                Offset = _state.Offset.Address,
                Scale = _state.Scale.Address,
                Importance = _state.ImportanceWeights.Address,
                Cursor = _state.Cursor.Address,
                Output = output.Address,
                BatchWeights = _weights.Address,
                RowsStride = _state.RowsPerReplica,
                ImportanceStride = _state.Samples,
                OutputStride = Stride(gather.Output),
                WeightsStride = _largestBatch,
                Features = _plan.Features,
                Samples = samples,
            },
            _state.Replicas);
    }

    private Action<int> Forward(DenseForward dense)
    {
        DenseLayer layer = dense.Layer;
        float slope = layer.Slope;
        DeviceBuffer input = Of(dense.Input), output = Of(dense.Output), product = output;
        DeviceBuffer? inverse = null;
        if (layer.Norm is not null) (product, inverse) = _saved[layer];
        return samples =>
        {
            _driver.Multiply(new MatrixProduct
            {
                Rows = samples,
                Columns = layer.Outputs,
                Inner = layer.Inputs,
                A = input.Address,
                B = _state.Parameter(layer.Weight),
                C = product.Address,
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
                        Values = product.Address,
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
                    Product = product.Address,
                    Bias = _state.Parameter(layer.Bias),
                    Scale = _state.Parameter(norm.Scale),
                    Shift = _state.Parameter(norm.Shift),
                    RunningMean = _state.Statistic(norm.RunningMean),
                    RunningVariance = _state.Statistic(norm.RunningVariance),
                    Normalized = product.Address,
                    Inverse = inverse!.Address,
                    Output = output.Address,
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
        };
    }

    private Action<int> Forward(ConvForward conv)
    {
        DeviceBuffer input = Of(conv.Input), output = Of(conv.Output);
        return samples => _convolutions.Forward(conv.Layer, input.Address, output.Address, samples);
    }

    private Action<int> Backward(ConvBackward conv)
    {
        DeviceBuffer input = Of(conv.Input), output = Of(conv.Output), outputGradient = Of(conv.OutputGradient);
        DeviceBuffer? inputGradient = Of(conv.InputGradient);
        return samples => _convolutions.Backward(
            conv.Layer, input.Address, output.Address, outputGradient.Address, inputGradient?.Address ?? 0, samples);
    }

    private Action<int> Loss(ScoreArguments score, PlanOperation backward)
    {
        DeviceBuffer output = Of(score.Output), outputGradient = Of(backward switch
        {
            SquaredDistanceBackward distance when distance.Output == score.Output => distance.OutputGradient,
            NegativeLogLikelihoodBackward likelihood when likelihood.Output == score.Output => likelihood.OutputGradient,
            _ => throw new NotSupportedException($"The CUDA engine cannot follow a loss by {backward.GetType().Name}."),
        });
        DeviceBuffer? target = Of(score.Target), logDeterminant = Of(score.LogDeterminant);
        return samples =>
        {
            _kernels.WeightedLoss(
                new LossArguments
                {
                    Output = output.Address,
                    Target = target?.Address ?? 0,
                    Center = _state.StateOf(score.Center),
                    Radius = _state.StateOf(score.Radius),
                    LogDeterminants = logDeterminant?.Address ?? 0,
                    Weights = _weights.Address,
                    Scores = _scores.Address,
                    Losses = _losses.Address,
                    Gradient = outputGradient.Address,
                    Stride = Stride(score.Output),
                    TargetStride = score.Target is null ? 0 : Stride(score.Target),
                    ScoresStride = _largestBatch,
                    BatchStride = _largestBatch,
                    Width = score.Output.Width,
                    Samples = samples,
                    Kind = (int)score.Kind,
                    Nu = (float)score.Nu,
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
        };
    }

    private Action<int> Backward(DenseBackward dense)
    {
        DenseLayer layer = dense.Layer;
        DeviceBuffer input = Of(dense.Input), gradient = Of(dense.OutputGradient);
        DeviceBuffer? inputGradient = Of(dense.InputGradient);
        Action<int>? toProduct = BackwardToProduct(dense);
        return samples =>
        {
            toProduct?.Invoke(samples);
            _driver.Multiply(new MatrixProduct
            {
                Rows = layer.Outputs,
                Columns = layer.Inputs,
                Inner = samples,
                A = gradient.Address,
                B = input.Address,
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
            if (inputGradient is null) return;
            _driver.Multiply(new MatrixProduct
            {
                Rows = samples,
                Columns = layer.Inputs,
                Inner = layer.Outputs,
                A = gradient.Address,
                B = _state.Parameter(layer.Weight),
                C = inputGradient.Address,
                Beta = dense.Accumulate ? 1 : 0,
                RowStrideA = layer.Outputs,
                RowStrideB = layer.Inputs,
                RowStrideC = layer.Inputs,
                BatchStrideA = Stride(dense.OutputGradient),
                BatchStrideB = _plan.Parameters.Length,
                BatchStrideC = Stride(dense.InputGradient!),
                Batch = _state.Replicas,
            });
        };
    }

    /// <summary>From the gradient of a layer's output to that of its product, in place; null where they are the same.</summary>
    private Action<int>? BackwardToProduct(DenseBackward dense)
    {
        DenseLayer layer = dense.Layer;
        float slope = layer.Slope;
        DeviceBuffer gradient = Of(dense.OutputGradient), output = Of(dense.Output);
        if (layer.Norm is { } norm)
        {
            (DeviceBuffer normalized, DeviceBuffer inverse) = _saved[layer];
            return samples => _kernels.BatchNormBackward(
                new BatchNormBackwardArguments
                {
                    Gradient = gradient.Address,
                    Output = output.Address,
                    Normalized = normalized.Address,
                    Inverse = inverse.Address,
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

        if (!layer.HasRelu && layer.Bias is null) return null;
        return samples => _kernels.LinearBackward(
            new LinearBackwardArguments
            {
                Gradient = gradient.Address,
                Output = output.Address,
                BiasGradient = _state.GradientOf(layer.Bias),
                Stride = Stride(dense.Output),
                ParameterStride = _plan.Parameters.Length,
                Width = layer.Outputs,
                Samples = samples,
                Slope = slope,
            },
            _state.Replicas);
    }

    private Action<int> Forward(AffineForward affine)
    {
        DeviceBuffer input = Of(affine.Input), parameters = Of(affine.Affine), output = Of(affine.Output);
        DeviceBuffer? before = Of(affine.LogDeterminantBefore);
        DeviceBuffer after = Of(affine.LogDeterminant);
        return samples => _kernels.AffineForward(
            new AffineForwardArguments
            {
                Input = input.Address,
                Affine = parameters.Address,
                Output = output.Address,
                Before = before?.Address ?? 0,
                After = after.Address,
                Stride = Stride(affine.Output),
                InputStride = Stride(affine.Input),
                AffineStride = Stride(affine.Affine),
                BatchStride = _largestBatch,
                Width = affine.Output.Width,
                Samples = samples,
            },
            _state.Replicas);
    }

    private Action<int> Backward(AffineBackward affine)
    {
        DeviceBuffer parameters = Of(affine.Affine), output = Of(affine.Output), outputGradient = Of(affine.OutputGradient);
        DeviceBuffer parameterGradient = Of(affine.AffineGradient);
        DeviceBuffer? inputGradient = Of(affine.InputGradient);
        return samples => _kernels.AffineBackward(
            new AffineBackwardArguments
            {
                Affine = parameters.Address,
                Output = output.Address,
                OutputGradient = outputGradient.Address,
                Weights = _weights.Address,
                AffineGradient = parameterGradient.Address,
                InputGradient = inputGradient?.Address ?? 0,
                Stride = Stride(affine.Output),
                AffineStride = Stride(affine.Affine),
                BatchStride = _largestBatch,
                Width = affine.Output.Width,
                Samples = samples,
            },
            _state.Replicas);
    }

    private Action<int> Forward(FlowNormForward forward)
    {
        FlowNorm norm = forward.Norm;
        DeviceBuffer input = Of(forward.Input), output = Of(forward.Output);
        DeviceBuffer before = Of(forward.LogDeterminantBefore), after = Of(forward.LogDeterminant);
        (DeviceBuffer normalized, DeviceBuffer inverse, DeviceBuffer logDeterminants) = _norms[norm];
        return samples =>
        {
            _kernels.FlowNormForward(
                new FlowNormForwardArguments
                {
                    Input = input.Address,
                    LogScale = _state.Parameter(norm.LogScale),
                    Shift = _state.Parameter(norm.Shift),
                    RunningMean = _state.Statistic(norm.RunningMean),
                    RunningVariance = _state.Statistic(norm.RunningVariance),
                    Normalized = normalized.Address,
                    Inverse = inverse.Address,
                    Output = output.Address,
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
                    Before = before.Address,
                    After = after.Address,
                    BatchStride = _largestBatch,
                    Width = norm.Width,
                    Samples = samples,
                },
                _state.Replicas);
        };
    }

    private Action<int> Backward(FlowNormBackward backward)
    {
        FlowNorm norm = backward.Norm;
        DeviceBuffer outputGradient = Of(backward.OutputGradient), inputGradient = Of(backward.InputGradient);
        (DeviceBuffer normalized, DeviceBuffer inverse, _) = _norms[norm];
        return samples => _kernels.FlowNormBackward(
            new FlowNormBackwardArguments
            {
                OutputGradient = outputGradient.Address,
                Normalized = normalized.Address,
                Inverse = inverse.Address,
                LogScale = _state.Parameter(norm.LogScale),
                Weights = _weights.Address,
                InputGradient = inputGradient.Address,
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

    private Action<int> UpdateRadius(RadiusUpdate update) => samples => _kernels.UpdateRadius(
        new RadiusArguments
        {
            Scores = _scores.Address,
            Radius = _state.StateOf(update.Radius),
            Cursor = _state.Cursor.Address,
            BatchStride = _largestBatch,
            Samples = samples,
            FromEpoch = update.FromEpoch,
            Quantile = 1 - update.Nu,
        },
        _state.Replicas);

    [return: NotNullIfNotNull(nameof(activation))]
    private DeviceBuffer? Of(Activation? activation) => activation is null ? null : _activations[activation.Name];

    private long Stride(Activation activation) => (long)activation.Width * _largestBatch;
}
