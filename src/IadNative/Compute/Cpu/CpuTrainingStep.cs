using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Training;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu;

/// <summary>
/// The training step of a plan, compiled: all memory of one batch, and the passes over it. It works on one replica at a time,
/// with a team of threads; what comes out does not depend on their number.
/// </summary>
internal sealed unsafe class CpuTrainingStep<T>
    where T : struct, ILanes<T>
{
    private readonly Plan _plan;
    private readonly SessionSpec _spec;
    private readonly TrainingBatch _batch;
    private readonly ActivationBuffers _activations;
    private readonly Dictionary<object, object> _workspaces = new(ReferenceEqualityComparer.Instance);
    private readonly TrainingPass[] _passes, _epochEnd;

    /// <summary>Compiles a plan for batches of up to <paramref name="largestBatch"/> samples.</summary>
    public CpuTrainingStep(Plan plan, SessionSpec spec, int largestBatch, ThreadTeam team)
    {
        _plan = plan;
        _spec = spec;
        _activations = new ActivationBuffers(largestBatch);
        _batch = new TrainingBatch(_activations.Stride, team);
        _passes = Compile(plan.Step);
        _epochEnd = Compile(plan.EpochEnd);
    }

    /// <summary>One step of a replica on some rows of the data.</summary>
    /// <returns>Σ wᵢ·l(xᵢ) over the batch.</returns>
    public double Run(CpuReplica replica, ReadOnlySpan<int> rows, int epoch)
    {
        _batch.Replica = replica;
        _batch.Samples = rows.Length;
        _batch.Padded = Padding.RoundUp(rows.Length, T.Count);
        _batch.Epoch = epoch;
        fixed (int* pointer = rows)
        {
            _batch.Rows = pointer;
            foreach (TrainingPass pass in _passes) pass.Run();
        }

        GC.KeepAlive(this);
        return _batch.Loss;
    }

    /// <summary>What follows the last step of an epoch, on its batch.</summary>
    public void EndEpoch()
    {
        foreach (TrainingPass pass in _epochEnd) pass.Run();
        GC.KeepAlive(this);
    }

    private TrainingPass[] Compile(IReadOnlyList<PlanOperation> operations)
    {
        var passes = new List<TrainingPass>();
        for (int i = 0; i < operations.Count; i++)
        {
            PlanOperation operation = operations[i], next = operations[Math.Min(i + 1, operations.Count - 1)];
            if (CompilePair(operation, next) is { } pair)
            {
                passes.Add(pair);
                i++;
            }
            else
            {
                passes.Add(Compile(operation));
            }
        }

        return [.. passes];
    }

    // What is computed as one with its neighbour.
    private TrainingPass? CompilePair(PlanOperation operation, PlanOperation next) => (operation, next) switch
    {
        (DenseForward dense, AffineForward map) when map.Affine == dense.Output => new AffineForwardPass<T>(
            _batch, WorkspaceOf(dense.Layer, NewAffineLayer), _activations[dense.Input], _activations[map.Input],
            _activations[map.Output], _activations.OrNull(map.LogDeterminantBefore), _activations[map.LogDeterminant]),
        (AffineBackward map, DenseBackward { InputGradient: { } hiddenGradient, Accumulate: false } dense)
            when dense.OutputGradient == map.AffineGradient => new AffineBackwardPass<T>(
            _batch, WorkspaceOf(dense.Layer, NewAffineLayer), _activations[dense.Input], _activations[map.Output],
            _activations[map.OutputGradient], _activations[hiddenGradient], _activations.OrNull(map.InputGradient)),
        (MaskGradient, AdamStep) => new AdamPass<T>(_batch, _plan.Parameters, _spec),
        _ => null,
    };

    private TrainingPass Compile(PlanOperation operation) => operation switch
    {
        GatherBatch gather => new GatherPass(_batch, _spec, _plan.Features, _activations[gather.Output]),
        DenseForward dense => new DenseForwardPass<T>(
            _batch, dense.Layer, _activations[dense.Input], _activations[dense.Output],
            dense.Layer.Norm is null ? null : WorkspaceOf(dense.Layer, NewNorm)),
        DenseBackward dense => new DenseBackwardPass<T>(
            _batch, dense.Layer, _activations[dense.Input], _activations[dense.Output], _activations[dense.OutputGradient],
            _activations.OrNull(dense.InputGradient), dense.Accumulate,
            dense.Layer.Norm is null ? null : WorkspaceOf(dense.Layer, NewNorm)),
        ConvForward conv => new ConvForwardPass<T>(
            _batch, WorkspaceOf(conv.Layer, NewConvolution), _activations[conv.Input], _activations[conv.Output]),
        ConvBackward conv => new ConvBackwardPass<T>(
            _batch, WorkspaceOf(conv.Layer, NewConvolution), _activations[conv.Input], _activations[conv.OutputGradient],
            _activations.OrNull(conv.InputGradient)),
        FlowNormForward norm => new FlowNormForwardPass<T>(
            _batch, norm.Norm, WorkspaceOf(norm.Norm, NewNorm), _activations[norm.Input], _activations[norm.Output],
            _activations[norm.LogDeterminantBefore], _activations[norm.LogDeterminant]),
        FlowNormBackward norm => new FlowNormBackwardPass<T>(
            _batch, norm.Norm, WorkspaceOf(norm.Norm, NewNorm), _activations[norm.OutputGradient],
            _activations[norm.InputGradient]),
        SquaredDistance score => new SquaredDistancePass<T>(
            _batch, score.Output.Width, _activations[score.Output], _activations.OrNull(score.Target), score.Center?.Offset ?? 0,
            _activations[score.Scores]),
        SquaredDistanceBackward score => new SquaredDistanceBackwardPass<T>(
            _batch, score.Output.Width, _activations[score.Output], _activations.OrNull(score.Target), score.Center?.Offset ?? 0,
            _activations[score.ScoreGradient], _activations[score.OutputGradient]),
        NegativeLogLikelihood score => new NegativeLogLikelihoodPass<T>(
            _batch, score.Output.Width, _activations[score.Output], _activations[score.LogDeterminant],
            _activations[score.Scores]),
        NegativeLogLikelihoodBackward score => new NegativeLogLikelihoodBackwardPass<T>(
            _batch, score.Output.Width, _activations[score.Output], _activations[score.ScoreGradient],
            _activations[score.OutputGradient]),
        ScoreLoss loss => new ScoreLossPass<T>(_batch, _activations[loss.Scores], _activations[loss.ScoreGradient]),
        SoftBoundaryLoss loss => new SoftBoundaryLossPass<T>(
            _batch, _activations[loss.Scores], loss.Radius.Offset, loss.Nu, _activations[loss.ScoreGradient]),
        AdamStep => new AdamPass<T>(_batch, _plan.Parameters, _spec),
        RadiusUpdate update => new RadiusPass(
            _batch, _activations[update.Scores], update.Radius.Offset, update.Nu, update.FromEpoch),
        _ => throw new NotSupportedException($"The CPU engine has no training step for {operation.GetType().Name} here."),
    };

    // What the forward pass of a layer leaves to its backward pass.
    private TWorkspace WorkspaceOf<TLayer, TWorkspace>(TLayer layer, Func<TLayer, TWorkspace> create)
        where TLayer : class
        where TWorkspace : class
    {
        if (!_workspaces.TryGetValue(layer, out object? workspace)) _workspaces[layer] = workspace = create(layer);
        return (TWorkspace)workspace;
    }

    private NormWorkspace NewNorm(DenseLayer layer) => new(layer.Outputs, _batch.Stride);

    private NormWorkspace NewNorm(FlowNorm norm) => new(norm.Width, _batch.Stride);

    private AffineLayer NewAffineLayer(DenseLayer layer) => new(layer, _batch.Stride, _batch.Team.Size);

    private ConvWorkspace NewConvolution(ConvLayer layer) => new(layer, _batch.Stride, T.Count, _batch.Team.Size);
}
