using IadNative.Compute;

namespace IadNative.Cuda;

/// <summary>
/// An epoch of all replicas: its shuffle, its steps and its end. The first epoch is launched call by call, so that everything is
/// loaded; then its calls are recorded, and every later epoch replays them: one graph where an epoch has up to
/// <see cref="ChunkSteps"/> full batches, otherwise one graph for the shuffle and the odd steps, one for every
/// <see cref="ChunkSteps"/> steps and one for the last, smaller batch and the end. Both give the same bits.
/// </summary>
internal sealed class CudaEpoch : IDisposable
{
    /// <summary>Steps with full batches that a graph holds at most.</summary>
    public const int ChunkSteps = 32;

    // An epoch is not queued before the last but this many is done: enough to keep the device busy, and few enough for progress
    // and cancellation to be prompt.
    private const int EpochsAhead = 2;

    private readonly ICudaDriver _driver;
    private readonly KernelSet _kernels;
    private readonly CudaState _state;
    private readonly CudaShuffle _shuffle;
    private readonly CudaTrainingStep _step;
    private readonly bool _useGraphs;
    private readonly int _batchSize, _fullBatches, _lastBatch;
    private readonly nint[] _done = new nint[EpochsAhead];
    private readonly List<(nint Graph, int Times)> _graphs = [];
    private bool _hasRun;

    public CudaEpoch(
        ICudaDriver driver, KernelSet kernels, CudaState state, CudaShuffle shuffle, CudaTrainingStep step, BatchSchedule schedule,
        bool useGraphs)
    {
        (_driver, _kernels, _state, _shuffle, _step, _useGraphs) = (driver, kernels, state, shuffle, step, useGraphs);
        _batchSize = schedule.Length(0);
        int last = schedule.Length(schedule.Count - 1);
        bool isLastFull = last == _batchSize;
        (_fullBatches, _lastBatch) = (isLastFull ? schedule.Count : schedule.Count - 1, isLastFull ? 0 : last);
    }

    /// <summary>Trains through a range of epochs; returns before the device is done.</summary>
    /// <param name="epochs">The epochs.</param>
    /// <param name="epochDone">Called for every epoch that is done; for the last ones when they are queued.</param>
    /// <param name="cancellationToken">Looked at before every epoch.</param>
    public void Train(EpochRange epochs, Action epochDone, CancellationToken cancellationToken)
    {
        _kernels.BeginTraining(new BeginTrainingArguments
        {
            Cursor = _state.Cursor.Address,
            EpochLoss = _state.EpochLoss.Address,
            Outcomes = _state.Outcomes.Address,
            Replicas = _state.Replicas,
            Round = epochs.Round,
            Epoch = epochs.First,
            RadiusFrom = epochs.RadiusFrom,
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
        try
        {
            foreach ((nint graph, _) in _graphs) _driver.DestroyGraph(graph);
            foreach (nint done in _done)
            {
                if (done != 0) _driver.DestroyEvent(done);
            }
        }
        catch (CudaException)
        {
            // Whatever lost the device was thrown by the call that met it first, and must not be hidden by this one.
        }

        _graphs.Clear();
        Array.Clear(_done);
    }

    private void Run()
    {
        if (_hasRun && _useGraphs)
        {
            if (_graphs.Count == 0) Record();
            foreach ((nint graph, int times) in _graphs)
            {
                for (int i = 0; i < times; i++) _driver.Replay(graph);
            }

            return;
        }

        Begin(_fullBatches);
        End();
        _hasRun = true;
    }

    private void Record()
    {
        if (_fullBatches <= ChunkSteps)
        {
            Record(1, () =>
            {
                Begin(_fullBatches);
                End();
            });
            return;
        }

        Record(1, () => Begin(_fullBatches % ChunkSteps));
        Record(_fullBatches / ChunkSteps, () => Steps(ChunkSteps));
        Record(1, End);
    }

    private void Record(int times, Action work)
    {
        _driver.BeginCapture();
        try
        {
            work();
        }
        catch
        {
            AbandonCapture();
            throw;
        }

        _graphs.Add((_driver.EndCapture(), times));
    }

    private void AbandonCapture()
    {
        try
        {
            _driver.DestroyGraph(_driver.EndCapture());
        }
        catch (CudaException)
        {
            // The call that failed is being thrown.
        }
    }

    private void Begin(int steps)
    {
        _shuffle.Draw();
        Steps(steps);
    }

    private void Steps(int count)
    {
        for (int i = 0; i < count; i++) _step.Run(_batchSize);
    }

    private void End()
    {
        if (_lastBatch > 0) _step.Run(_lastBatch);
        _kernels.FinishEpoch(new FinishEpochArguments
        {
            Cursor = _state.Cursor.Address,
            EpochLoss = _state.EpochLoss.Address,
            Outcomes = _state.Outcomes.Address,
            Replicas = _state.Replicas,
            Rows = _state.RowsPerReplica,
        });
    }
}
