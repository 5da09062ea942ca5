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
/// An epoch of all replicas: its shuffle, its steps and its end, as graphs that are replayed (<see cref="RecordedWork"/>), one for each
/// of its parts: the shuffle belongs to the first, the end to the last. Nothing is read back. The host waits for the end of the epoch
/// before the last one, so that progress is true and cancellation prompt, while the device has that last epoch to work at.
/// </summary>
internal sealed class CudaEpoch : IDisposable
{
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
    private readonly nint[] _done = new nint[EpochsAhead];
    private readonly (RecordedWork Work, int Times)[] _parts;

    public CudaEpoch(
        ICudaDriver driver, DeviceKernels kernels, CudaState state, CudaShuffle shuffle, IReadOnlyList<EpochPart> steps, bool useGraphs)
    {
        (_driver, _state) = (driver, state);
        (_beginTraining, _finishEpoch) = (kernels.Get(BeginTraining), kernels.Get(FinishEpoch));
        _parts = [.. steps.Select((part, i) => (new RecordedWork(driver, useGraphs, () =>
        {
            if (i == 0) shuffle.Draw();
            part.Launch();
            if (i == steps.Count - 1) Finish();
        }), part.Times))];
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
        foreach ((RecordedWork work, _) in _parts) work.Dispose();
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
        foreach ((RecordedWork work, int times) in _parts)
        {
            for (int i = 0; i < times; i++) work.Run();
        }
    }

    private void Finish() => _finishEpoch.Launch(new FinishEpochArguments
        {
            Cursor = _state.Cursor.Address,
            EpochLoss = _state.EpochLoss.Address,
            Outcomes = _state.Outcomes.Address,
            Replicas = _state.Replicas,
            Rows = _state.RowsPerReplica,
        });
}
