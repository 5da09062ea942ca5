using IadNative.Compute;
using IadNative.Cuda.Operations;

namespace IadNative.Cuda;

/// <summary>
/// A plan's fit on the device: all rows of every replica, chunk after chunk, in one replayed call (<see cref="RecordedWork"/>). It
/// takes the place of steps and epochs, and ends as one epoch does.
/// </summary>
internal sealed class CudaFit : CudaWalk, IDisposable
{
    private const int LargestChunk = 2048, SmallestChunk = 64;
    private const long RowBytes = 256 << 20; // of all replicas, unless so few rows need more

    private readonly Kernel<BeginTrainingArguments> _beginTraining;
    private readonly Kernel<FinishEpochArguments> _finishEpoch;
    private readonly Action _fit;
    private readonly RecordedWork _fitting;

    /// <exception cref="NotSupportedException">The fit is unknown.</exception>
    public CudaFit(
        ICudaDriver driver, DeviceKernels kernels, Plan plan, CudaState state, DeviceArena arena, bool useGraphs)
        : base(driver, kernels, plan, state, arena)
    {
        (_beginTraining, _finishEpoch) = (kernels.Get(CudaEpoch.BeginTraining), kernels.Get(CudaEpoch.FinishEpoch));
        Weights = Reserve(1);
        _fit = OperationRegistry.Find(plan.Fit!)?.AsFit(this) ?? throw OperationRegistry.Refusal(plan.Fit!, "as a fit");
        long chunk = Math.Clamp(RowBytes / (sizeof(float) * RowWidth * state.Replicas), SmallestChunk, LargestChunk);
        ReserveRows((int)Math.Min(chunk, state.RowsPerReplica));
        _fitting = new RecordedWork(driver, useGraphs, Fit);
    }

    /// <summary>The importance weight of every row of a chunk.</summary>
    public RowBuffer Weights { get; }

    /// <summary>Does something with all rows of the replicas, a chunk at a time.</summary>
    public void ForEachChunk(Action<RowRange> action)
    {
        for (int start = 0; start < State.RowsPerReplica; start += Rows)
            action(new RowRange(start, Math.Min(Rows, State.RowsPerReplica - start), AreOwn: true));
    }

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
        _fitting.Run();
    }

    /// <summary>Frees the graph. Never throws.</summary>
    public void Dispose() => _fitting.Dispose();

    private void Fit()
    {
        _fit();
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
