using IadNative.Compute;
using IadNative.Cuda.Operations;

namespace IadNative.Cuda;

/// <summary>
/// A plan's fit on the device: passes over all rows of every replica, a chunk in one replayed call (<see cref="RecordedPass"/>). It
/// takes the place of steps and epochs, and ends as one epoch does.
/// </summary>
internal sealed class CudaFit : CudaPassWalk, IDisposable
{
    private readonly Kernel<BeginTrainingArguments> _beginTraining;
    private readonly Kernel<FinishEpochArguments> _finishEpoch;
    private readonly RecordedPass[] _passes;

    /// <exception cref="NotSupportedException">The fit is unknown.</exception>
    public CudaFit(
        ICudaDriver driver, DeviceKernels kernels, Plan plan, CudaState state, DeviceArena arena, bool useGraphs, long chunkBytes)
        : base(driver, kernels, plan, state, arena, useGraphs, chunkBytes)
    {
        (_beginTraining, _finishEpoch) = (kernels.Get(CudaEpoch.BeginTraining), kernels.Get(CudaEpoch.FinishEpoch));
        Weights = Reserve(1);
        IReadOnlyList<RowPass> passes =
            OperationRegistry.Find(plan.Fit!)?.AsFit(this) ?? throw OperationRegistry.Refusal(plan.Fit!, "as a fit");
        ReserveChunk(state.RowsPerReplica);
        RowPass last = passes[^1] with { End = () => End(passes[^1]) };
        _passes = [.. passes.SkipLast(1).Append(last).Select(pass => Record(pass, areOwn: true))];
    }

    /// <summary>The importance weight of every row of a chunk.</summary>
    public RowBuffer Weights { get; }

    /// <summary>Fits every replica; returns before the device is done.</summary>
    /// <param name="epochs">What the fit counts as.</param>
    public void Run(EpochRange epochs)
    {
        _beginTraining.Launch(new BeginTrainingArguments
        {
            Cursor = State.Cursor.Address,
            EpochLoss = State.EpochLoss.Address,
            Outcomes = State.Outcomes.Address,
            Replicas = State.Replicas,
            Round = epochs.Round,
            Epoch = epochs.First,
        });
        foreach (RecordedPass pass in _passes) pass.Run();
    }

    /// <summary>Frees the graphs. Never throws.</summary>
    public void Dispose()
    {
        foreach (RecordedPass pass in _passes) pass.Dispose();
    }

    private void End(RowPass last)
    {
        last.End?.Invoke();
        _finishEpoch.Launch(new FinishEpochArguments
        {
            Cursor = State.Cursor.Address,
            EpochLoss = State.EpochLoss.Address,
            Outcomes = State.Outcomes.Address,
            Replicas = State.Replicas,
            Rows = State.RowsPerReplica,
        });
    }
}
