using IadNative.Compute;

namespace IadNative.Cuda;

/// <summary>A plan's scoring on the device: folded networks of all replicas, and the activations of a chunk of rows.</summary>
internal sealed class CudaScoring
{
    private const int LargestChunk = 2048;

    private readonly ICudaDriver _driver;
    private readonly KernelSet _kernels;
    private readonly Plan _plan;
    private readonly CudaState _state;
    private readonly Dictionary<DenseLayer, (long Weight, long Bias)> _offsets = [];
    private readonly Dictionary<string, (DeviceBuffer Buffer, int Width)> _activations = [];
    private readonly DeviceBuffer _folded, _logDeterminants;
    private readonly long _foldedStride;
    private readonly int _chunk;

    public CudaScoring(ICudaDriver driver, KernelSet kernels, Plan plan, CudaState state, DeviceArena arena)
    {
        (_driver, _kernels, _plan, _state) = (driver, kernels, plan, state);
        foreach (DenseForward dense in plan.Scoring.OfType<DenseForward>())
        {
            _offsets[dense.Layer] = (_foldedStride, _foldedStride + dense.Layer.Weight.Length);
            _foldedStride += dense.Layer.Weight.Length + dense.Layer.Outputs;
        }

        _folded = arena.Reserve<float>(_foldedStride * state.Replicas);
        _chunk = Math.Min(LargestChunk, state.Samples);
        Reserve(plan.Scoring.OfType<GatherBatch>().Single().Output);
        foreach (PlanOperation operation in plan.Scoring)
        {
            switch (operation)
            {
                case DenseForward dense: Reserve(dense.Output); break;
                case AffineForward affine:
                    Reserve(affine.Output);
                    Reserve(affine.LogDeterminant);
                    break;
                case FlowNormForward norm:
                    Reserve(norm.Output);
                    Reserve(norm.LogDeterminant);
                    break;
            }
        }

        _logDeterminants = arena.Reserve<float>((long)plan.Features * state.Replicas);

        void Reserve(Activation activation) => _activations[activation.Name] =
            (arena.Reserve<float>((long)activation.Width * _chunk * state.Replicas), activation.Width);
    }

    /// <summary>Scores all n rows with every replica.</summary>
    public void Score()
    {
        Fold();
        for (int start = 0; start < _state.Samples; start += _chunk)
        {
            int count = Math.Min(_chunk, _state.Samples - start);
            Forward(start, count, memberRows: false);
            ScoreOutput score = _plan.Scoring.OfType<ScoreOutput>().Single();
            _kernels.ScoreOutput(
                new LossArguments
                {
                    Output = Address(score.Output),
                    Target = score.Target is null ? 0 : Address(score.Target),
                    Center = _state.Center.Address,
                    Scores = _state.Scores.Address + ((ulong)start * sizeof(float)),
                    Stride = Stride(score.Output),
                    TargetStride = 0,
                    LogDeterminants = score.LogDeterminant is null ? 0 : Address(score.LogDeterminant),
                    ScoresStride = _state.Samples,
                    BatchStride = _chunk,
                    Width = score.Output.Width,
                    Samples = count,
                    Kind = (int)score.Kind,
                },
                _state.Replicas);
        }
    }

    /// <summary>Sets every replica's center to the mean of its outputs over its own rows, kept away from zero.</summary>
    public void PlaceCenters()
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
            Center = _state.Center.Address,
            Count = checked(_plan.CenterWidth * _state.Replicas),
            Rows = _state.RowsPerReplica,
            LeastMagnitude = CenterRule.LeastMagnitude,
        });
    }

    private void Fold()
    {
        foreach ((DenseLayer layer, (long weight, long bias)) in _offsets)
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
                    FoldedWeight = Folded(weight),
                    FoldedBias = Folded(bias),
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
        foreach (PlanOperation operation in _plan.Scoring)
        {
            switch (operation)
            {
                case GatherBatch gather: Gather(gather, start, count, memberRows); break;
                case DenseForward dense: Dense(dense, count, IsShared(dense.Input)); break;
                case AffineForward affine: Affine(affine, count, IsShared(affine.Input)); break;
                case FlowNormForward norm: Normalize(norm, count); break;
            }
        }

        bool IsShared(Activation input) => !memberRows && input.Name == InputName;
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

    private string InputName => _plan.Scoring.OfType<GatherBatch>().Single().Output.Name;

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
        (long weight, long bias) = _offsets[layer];
        _driver.Multiply(new MatrixProduct
        {
            Rows = count,
            Columns = layer.Outputs,
            Inner = layer.Inputs,
            A = Address(dense.Input),
            B = Folded(weight),
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
                Bias = Folded(bias),
                Stride = Stride(dense.Output),
                BiasStride = _foldedStride,
                Width = layer.Outputs,
                Samples = count,
                Slope = layer.Slope,
            },
            _state.Replicas);
    }

    private ulong Address(Activation activation) => _activations[activation.Name].Buffer.Address;

    private long Stride(Activation activation) => (long)_activations[activation.Name].Width * _chunk;

    private ulong Folded(long offset) => _folded.Address + ((ulong)offset * sizeof(float));
}
