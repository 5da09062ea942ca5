using System.Runtime.InteropServices;
using IadNative.Compute;

namespace IadNative.Cuda;

/// <summary>Where training is, or a pass over rows, as in kernels/cursor.cuh.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CursorRecord
{
    public int Start, Epoch, Round, Chunk;
}

/// <summary>How the training of a replica went, as in kernels/epoch.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct OutcomeRecord
{
    public double Loss;
    public int FailedEpoch;
}

/// <summary>As in kernels/epoch.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct BeginTrainingArguments
{
    public ulong Cursor, EpochLoss, Outcomes;
    public int Replicas, Round, Epoch;
}

/// <summary>As in kernels/epoch.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FinishEpochArguments
{
    public ulong Cursor, EpochLoss, Outcomes;
    public int Replicas, Rows;
}

/// <summary>
/// An epoch of all replicas: its shuffle, its steps and its end, as graphs that are replayed (<see cref="RecordedWork"/>): one
/// where an epoch has F &lt;= <see cref="ChunkSteps"/> full batches; otherwise one for the shuffle and the odd full batches, one
/// for every <see cref="ChunkSteps"/> full batches and one for the last, smaller batch and the end, which makes
/// 2 + ⌊F / <see cref="ChunkSteps"/>⌋ replays an epoch. Nothing is read back. The host waits for the end of the epoch before the
/// last one, so that progress is true and cancellation prompt, while the device has that last epoch to work at.
/// </summary>
internal sealed class CudaEpoch : IDisposable
{
    /// <summary>Steps with full batches that a graph holds at most.</summary>
    public const int ChunkSteps = 32;

    public static readonly KernelDefinition<BeginTrainingArguments> BeginTraining = new(
        "epoch.cu", "begin_training", (in _, _, _) => new LaunchShape(1, 1, 1, 256));

    public static readonly KernelDefinition<FinishEpochArguments> FinishEpoch = new(
        "epoch.cu", "finish_epoch", (in _, _, _) => new LaunchShape(1, 1, 1, 256));

    // An epoch is not queued before the last but this many is done: enough to keep the device busy, and few enough for progress
    // and cancellation to be prompt.
    private const int EpochsAhead = 2;

    private readonly ICudaDriver _driver;
    private readonly Kernel<BeginTrainingArguments> _beginTraining;
    private readonly Kernel<FinishEpochArguments> _finishEpoch;
    private readonly CudaState _state;
    private readonly CudaShuffle _shuffle;
    private readonly CudaTrainingStep _step;
    private readonly int _batchSize, _lastBatch, _chunks;
    private readonly nint[] _done = new nint[EpochsAhead];
    private readonly RecordedWork _begin, _chunk, _end;

    public CudaEpoch(
        ICudaDriver driver, DeviceKernels kernels, CudaState state, CudaShuffle shuffle, CudaTrainingStep step, BatchSchedule schedule,
        bool useGraphs)
    {
        (_driver, _state, _shuffle, _step) = (driver, state, shuffle, step);
        (_beginTraining, _finishEpoch) = (kernels.Get(BeginTraining), kernels.Get(FinishEpoch));
        _batchSize = schedule.Length(0);
        int last = schedule.Length(schedule.Count - 1);
        bool isLastFull = last == _batchSize;
        (int full, _lastBatch) = (isLastFull ? schedule.Count : schedule.Count - 1, isLastFull ? 0 : last);
        _chunks = full <= ChunkSteps ? 0 : full / ChunkSteps;
        _begin = new RecordedWork(driver, useGraphs, () =>
        {
            _shuffle.Draw();
            Steps(full - (_chunks * ChunkSteps));
            if (_chunks == 0) End();
        });
        _chunk = new RecordedWork(driver, useGraphs, () => Steps(ChunkSteps));
        _end = new RecordedWork(driver, useGraphs, End);
    }

    /// <summary>Trains through a range of epochs; returns before the device is done with the last ones.</summary>
    /// <param name="epochs">The epochs.</param>
    /// <param name="epochDone">Called for every epoch that is done; for the last ones when they are queued.</param>
    /// <param name="cancellationToken">Looked at before every epoch.</param>
    public void Train(EpochRange epochs, Action epochDone, CancellationToken cancellationToken)
    {
        _beginTraining.Launch(new BeginTrainingArguments
        {
            Cursor = _state.Cursor.Address,
            EpochLoss = _state.EpochLoss.Address,
            Outcomes = _state.Outcomes.Address,
            Replicas = _state.Replicas,
            Round = epochs.Round,
            Epoch = epochs.First,
        });
        for (int i = 0; i < epochs.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ref nint done = ref _done[i % EpochsAhead];
            if (done == 0) done = _driver.CreateEvent();
            if (i >= EpochsAhead)
            {
                _driver.AwaitEvent(done);
                epochDone();
            }

            Run();
            _driver.RecordEvent(done);
        }

        for (int i = Math.Max(0, epochs.Count - EpochsAhead); i < epochs.Count; i++) epochDone();
    }

    /// <summary>Frees graphs and events. Never throws.</summary>
    public void Dispose()
    {
        _begin.Dispose();
        _chunk.Dispose();
        _end.Dispose();
        try
        {
            foreach (nint done in _done)
            {
                if (done != 0) _driver.DestroyEvent(done);
            }
        }
        catch (CudaException)
        {
            // Whatever lost the device was thrown by the call that met it first, and must not be hidden by this one.
        }

        Array.Clear(_done);
    }

    private void Run()
    {
        _begin.Run();
        if (_chunks == 0) return;
        for (int i = 0; i < _chunks; i++) _chunk.Run();
        _end.Run();
    }

    private void Steps(int count)
    {
        for (int i = 0; i < count; i++) _step.Run(_batchSize);
    }

    private void End()
    {
        if (_lastBatch > 0) _step.Run(_lastBatch);
        _step.EndEpoch(_lastBatch > 0 ? _lastBatch : _batchSize);
        _finishEpoch.Launch(new FinishEpochArguments
        {
            Cursor = _state.Cursor.Address,
            EpochLoss = _state.EpochLoss.Address,
            Outcomes = _state.Outcomes.Address,
            Replicas = _state.Replicas,
            Rows = _state.RowsPerReplica,
        });
    }
}
