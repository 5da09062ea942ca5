using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Cuda;

/// <summary>
/// A plan's scoring on the device: folded networks of all replicas, and the activations of a chunk of rows. All chunks are
/// replayed in one call (<see cref="RecordedWork"/>), whatever their number.
/// </summary>
internal sealed class CudaScoring : IDisposable
{
    private const int LargestChunk = 2048;
    private const long ActivationBytes = 256 << 20; // of all replicas, unless 64 rows need more

    private readonly ICudaDriver _driver;
    private readonly KernelSet _kernels;
    private readonly Plan _plan;
    private readonly CudaState _state;
    private readonly PlanOperation[] _operations;
    private readonly Activation _input;
    private readonly ScoreArguments _score;
    private readonly Dictionary<TensorSlot, FoldedLayer> _layers = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<ConvLayer, DeviceBuffer> _unpooled = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, (DeviceBuffer Buffer, int Width)> _activations = [];
    private readonly DeviceBuffer _folded, _logDeterminants;
    private readonly long _foldedStride;
    private readonly int _chunk;
    private readonly RecordedWork _scoring, _centering;

    public CudaScoring(ICudaDriver driver, KernelSet kernels, Plan plan, CudaState state, DeviceArena arena, bool useGraphs)
    {
        (_driver, _kernels, _plan, _state) = (driver, kernels, plan, state);
        _operations = [.. plan.Scoring];
        _input = plan.Scoring.OfType<GatherBatch>().Single().Output;
        _score = plan.Scoring.Select(operation => ScoreArguments.Of(operation)).OfType<ScoreArguments>().Single();
        long folded = 0;
        foreach (PlanOperation operation in plan.Scoring)
        {
            switch (operation)
            {
                case DenseForward { Layer: var layer }:
                    AddFolded(layer.Weight, layer.Bias, layer.Norm, layer.Outputs, layer.Inputs);
                    break;
                case ConvForward { Layer: var layer }:
                    AddFolded(layer.Weight, layer.Bias, layer.Norm, layer.OutputChannels, layer.InputChannels * ConvLayer.Taps);
                    break;
            }
        }

        _foldedStride = folded;
        _folded = arena.Reserve<float>(folded * state.Replicas);
        _chunk = Math.Min(ChunkOf(plan, state.Replicas), state.Samples);
        foreach (Activation activation in plan.Scoring.SelectMany(OutputsOf))
        {
            _activations[activation.Name] =
                (arena.Reserve<float>((long)activation.Width * _chunk * state.Replicas), activation.Width);
        }

        foreach (ConvForward conv in plan.Scoring.OfType<ConvForward>().Where(conv => conv.Layer.Pool))
            _unpooled[conv.Layer] = arena.Reserve<float>(UnpooledStride(conv.Layer) * state.Replicas);
        bool normalizes = plan.Scoring.OfType<FlowNormForward>().Any();
        _logDeterminants = arena.Reserve<float>(normalizes ? (long)plan.Features * state.Replicas : 0);
        _scoring = new RecordedWork(driver, useGraphs, ScoreAll);
        _centering = new RecordedWork(driver, useGraphs, SetState);

        void AddFolded(TensorSlot weight, TensorSlot? bias, BatchNorm? norm, int outputs, int inputs)
        {
            _layers[weight] = new FoldedLayer(weight, bias, norm, outputs, inputs, folded);
            folded += weight.Length + outputs;
        }
    }

    /// <summary>Rows that are scored together.</summary>
    private static int ChunkOf(Plan plan, int replicas)
    {
        long widths = plan.Scoring.SelectMany(OutputsOf).Sum(activation => (long)activation.Width)
            + plan.Scoring.OfType<ConvForward>().Where(conv => conv.Layer.Pool).Sum(conv => UnpooledWidth(conv.Layer));
        return (int)Math.Clamp(ActivationBytes / (sizeof(float) * widths * replicas), 64, LargestChunk);
    }

    private static Activation[] OutputsOf(PlanOperation operation) => operation switch
    {
        GatherBatch gather => [gather.Output],
        DenseForward dense => [dense.Output],
        ConvForward conv => [conv.Output],
        AffineForward affine => [affine.Output, affine.LogDeterminant],
        FlowNormForward norm => [norm.Output, norm.LogDeterminant],
        _ => [],
    };

    /// <summary>Scores all n rows with every replica.</summary>
    public void Score() => _scoring.Run();

    /// <summary>Sets every replica's state as the beginning of a round in the plan says.</summary>
    public void BeginRound() => _centering.Run();

    /// <summary>Frees the graphs. Never throws.</summary>
    public void Dispose()
    {
        _scoring.Dispose();
        _centering.Dispose();
    }

    private void ScoreAll()
    {
        Fold();
        for (int start = 0; start < _state.Samples; start += _chunk)
        {
            int count = Math.Min(_chunk, _state.Samples - start);
            Forward(start, count, memberRows: false);
            _kernels.ScoreOutput(
                new LossArguments
                {
                    Output = Address(_score.Output),
                    Target = _score.Target is null ? 0 : Address(_score.Target),
                    Center = _state.StateOf(_score.Center),
                    Scores = _state.Scores.Address + ((ulong)start * sizeof(float)),
                    Stride = Stride(_score.Output),
                    TargetStride = 0,
                    LogDeterminants = _score.LogDeterminant is null ? 0 : Address(_score.LogDeterminant),
                    ScoresStride = _state.Samples,
                    BatchStride = _chunk,
                    Width = _score.Output.Width,
                    Samples = count,
                    Kind = (int)_score.Kind,
                },
                _state.Replicas);
        }
    }

    private void SetState()
    {
        foreach (PlanOperation operation in _plan.RoundStart)
        {
            if (operation is not MeanOutput mean || mean.Output != _plan.Output)
                throw new NotSupportedException($"The CUDA engine cannot begin a round with {operation.GetType().Name} here.");
            PlaceAtMean(mean);
        }
    }

    private void PlaceAtMean(MeanOutput mean)
    {
        Fold();
        _driver.Clear(_state.OutputSums.Address, _state.OutputSums.Bytes);
        for (int start = 0; start < _state.RowsPerReplica; start += _chunk)
        {
            int count = Math.Min(_chunk, _state.RowsPerReplica - start);
            Forward(start, count, memberRows: true);
            _kernels.AddOutputs(
                new OutputSumArguments
                {
                    Output = Address(_plan.Output),
                    Sums = _state.OutputSums.Address,
                    Stride = Stride(_plan.Output),
                    Width = _plan.Output.Width,
                    Samples = count,
                },
                _state.Replicas);
        }

        _kernels.PlaceCenter(new CenterArguments
        {
            Sums = _state.OutputSums.Address,
            Center = _state.StateOf(mean.Mean),
            Count = checked(mean.Mean.Length * _state.Replicas),
            Rows = _state.RowsPerReplica,
            LeastMagnitude = MeanOutput.LeastMagnitude,
        });
    }

    private void Fold()
    {
        foreach (FoldedLayer layer in _layers.Values)
        {
            _kernels.FoldLayer(
                new FoldArguments
                {
                    Weight = _state.Parameter(layer.Weight),
                    Bias = _state.Parameter(layer.Bias),
                    Scale = _state.Parameter(layer.Norm?.Scale),
                    Shift = _state.Parameter(layer.Norm?.Shift),
                    RunningMean = _state.Statistic(layer.Norm?.RunningMean),
                    RunningVariance = _state.Statistic(layer.Norm?.RunningVariance),
                    FoldedWeight = FoldedWeight(layer),
                    FoldedBias = FoldedBias(layer),
                    ParameterStride = _plan.Parameters.Length,
                    StatisticsStride = _plan.Statistics.Length,
                    FoldedStride = _foldedStride,
                    Inputs = layer.Inputs,
                    Epsilon = BatchNorm.Epsilon,
                },
                layer.Outputs,
                _state.Replicas);
        }
    }

    /// <summary>
    /// Runs rows through the folded networks: each replica's own rows, or the same consecutive rows of the data for all, which
    /// are then gathered once.
    /// </summary>
    private void Forward(int start, int count, bool memberRows)
    {
        foreach (PlanOperation operation in _operations)
        {
            switch (operation)
            {
                case GatherBatch gather: Gather(gather, start, count, memberRows); break;
                case DenseForward dense: Dense(dense, count, IsShared(dense.Input)); break;
                case ConvForward conv: Convolve(conv, count, IsShared(conv.Input)); break;
                case AffineForward affine: Affine(affine, count, IsShared(affine.Input)); break;
                case FlowNormForward norm: Normalize(norm, count); break;
                default:
                    if (ScoreArguments.Of(operation) is not null) break; // comes last, or not at all
                    throw new NotSupportedException($"The CUDA engine has no scoring of {operation.GetType().Name}.");
            }
        }

        bool IsShared(Activation input) => !memberRows && input.Name == _input.Name;
    }

    private void Affine(AffineForward affine, int count, bool sharedInput) => _kernels.AffineForward(
        new AffineForwardArguments
        {
            Input = Address(affine.Input),
            Affine = Address(affine.Affine),
            Output = Address(affine.Output),
            Before = affine.LogDeterminantBefore is null ? 0 : Address(affine.LogDeterminantBefore),
            After = Address(affine.LogDeterminant),
            Stride = Stride(affine.Output),
            InputStride = sharedInput ? 0 : Stride(affine.Input),
            AffineStride = Stride(affine.Affine),
            BatchStride = _chunk,
            Width = affine.Output.Width,
            Samples = count,
        },
        _state.Replicas);

    private void Normalize(FlowNormForward forward, int count)
    {
        FlowNorm norm = forward.Norm;
        _kernels.FlowNormScoring(
            new FlowNormScoringArguments
            {
                Input = Address(forward.Input),
                LogScale = _state.Parameter(norm.LogScale),
                Shift = _state.Parameter(norm.Shift),
                RunningMean = _state.Statistic(norm.RunningMean),
                RunningVariance = _state.Statistic(norm.RunningVariance),
                Output = Address(forward.Output),
                LogDeterminants = _logDeterminants.Address,
                Stride = Stride(forward.Output),
                ParameterStride = _plan.Parameters.Length,
                StatisticsStride = _plan.Statistics.Length,
                Width = norm.Width,
                Samples = count,
                Epsilon = FlowNorm.Epsilon,
            },
            _state.Replicas);
        _kernels.AddLogDeterminant(
            new LogDeterminantArguments
            {
                LogDeterminants = _logDeterminants.Address,
                Before = Address(forward.LogDeterminantBefore),
                After = Address(forward.LogDeterminant),
                BatchStride = _chunk,
                Width = norm.Width,
                Samples = count,
            },
            _state.Replicas);
    }

    private void Gather(GatherBatch gather, int start, int count, bool memberRows) => _kernels.Gather(
        new GatherArguments
        {
            Data = _state.Data.Address,
            Rows = memberRows ? _state.Rows.Address : 0,
            Offset = _state.Offset.Address,
            Scale = _state.Scale.Address,
            Output = Address(gather.Output),
            RowsStride = _state.RowsPerReplica,
            OutputStride = Stride(gather.Output),
            Features = _plan.Features,
            Start = start,
            Samples = count,
        },
        memberRows ? _state.Replicas : 1);

    private void Dense(DenseForward dense, int count, bool sharedInput)
    {
        DenseLayer layer = dense.Layer;
        FoldedLayer folded = _layers[layer.Weight];
        _driver.Multiply(new MatrixProduct
        {
            Rows = count,
            Columns = layer.Outputs,
            Inner = layer.Inputs,
            A = Address(dense.Input),
            B = FoldedWeight(folded),
            C = Address(dense.Output),
            TransposeB = true,
            RowStrideA = layer.Inputs,
            RowStrideB = layer.Inputs,
            RowStrideC = layer.Outputs,
            BatchStrideA = sharedInput ? 0 : Stride(dense.Input),
            BatchStrideB = _foldedStride,
            BatchStrideC = Stride(dense.Output),
            Batch = _state.Replicas,
        });
        _kernels.LinearForward(
            new LinearForwardArguments
            {
                Values = Address(dense.Output),
                Bias = FoldedBias(folded),
                Stride = Stride(dense.Output),
                BiasStride = _foldedStride,
                Width = layer.Outputs,
                Samples = count,
                Slope = layer.Slope,
            },
            _state.Replicas);
    }

    private void Convolve(ConvForward conv, int count, bool sharedInput)
    {
        ConvLayer layer = conv.Layer;
        FoldedLayer folded = _layers[layer.Weight];
        ulong output = layer.Pool ? _unpooled[layer].Address : Address(conv.Output);
        _kernels.Convolve(
            new ConvolveArguments
            {
                Input = Address(conv.Input),
                Weight = FoldedWeight(folded),
                Bias = FoldedBias(folded),
                Output = output,
                InputStride = sharedInput ? 0 : Stride(conv.Input),
                WeightStride = _foldedStride,
                BiasStride = _foldedStride,
                OutputStride = UnpooledStride(layer),
                InChannels = layer.InputChannels,
                OutChannels = layer.OutputChannels,
                Height = layer.Size.Height,
                Width = layer.Size.Width,
                Samples = count,
                Doubled = layer.Upsample ? 1 : 0,
                Slope = layer.Slope,
            },
            _state.Replicas);
        if (!layer.Pool) return;
        _kernels.MaxPoolForward(
            new MaxPoolForwardArguments
            {
                Input = output,
                Output = Address(conv.Output),
                InputStride = UnpooledStride(layer),
                OutputStride = Stride(conv.Output),
                Count = (long)layer.Outputs * count,
                Width = layer.OutputSize.Width,
            },
            _state.Replicas);
    }

    // Floats per replica of what a convolution itself writes.
    private long UnpooledStride(ConvLayer layer) => UnpooledWidth(layer) * _chunk;

    private static long UnpooledWidth(ConvLayer layer) => (long)layer.OutputChannels * layer.Size.Pixels;

    private ulong Address(Activation activation) => _activations[activation.Name].Buffer.Address;

    private long Stride(Activation activation) => (long)_activations[activation.Name].Width * _chunk;

    private ulong FoldedWeight(FoldedLayer layer) => _folded.Address + ((ulong)layer.Offset * sizeof(float));

    private ulong FoldedBias(FoldedLayer layer) => FoldedWeight(layer) + ((ulong)layer.Weight.Length * sizeof(float));

    /// <param name="Weight">Outputs × Inputs in the parameter block.</param>
    /// <param name="Bias">Outputs in the parameter block; null for none.</param>
    /// <param name="Norm">Batch norm; null for none.</param>
    /// <param name="Outputs">Rows of the weight.</param>
    /// <param name="Inputs">Columns of the weight.</param>
    /// <param name="Offset">Where the folded weight lies in a replica's folded block; the folded bias follows.</param>
    private sealed record FoldedLayer(
        TensorSlot Weight, TensorSlot? Bias, BatchNorm? Norm, int Outputs, int Inputs, long Offset);
}
