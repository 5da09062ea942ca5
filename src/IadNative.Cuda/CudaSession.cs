using System.Globalization;
using IadNative.Compute;
using IadNative.Cuda.Fusion;
using IadNative.Iad;

namespace IadNative.Cuda;

/// <summary>A plan on a CUDA device. Replicas advance in lockstep; an inactive one is computed along and ignored.</summary>
internal sealed class CudaSession : ISession
{
    /// <summary>Most replicas of a session: they are the y dimension of every grid.</summary>
    public const int MostReplicas = 65_535;

    private readonly ICudaDriver _driver;
    private readonly SessionSpec _spec;
    private readonly bool _isolateBuffers, _useGraphs;
    private readonly DeviceArena _arena;
    private readonly DeviceKernels _kernels;
    private readonly CudaState _state;
    private readonly CudaInitializer _initializer;
    private readonly CudaEpoch? _epoch;
    private readonly CudaFit? _fit;
    private readonly CudaScoring _scoring;
    private readonly bool[] _active;
    private readonly OutcomeRecord[] _outcomes;
    private readonly bool _setsState;
    private bool _areOutcomesRead = true;

    /// <summary>Compiles the plan and reserves its memory, to be allocated by <see cref="Allocate"/>.</summary>
    /// <exception cref="NotSupportedException">An operation of the plan is unknown or has no sense where it stands.</exception>
    public CudaSession(
        ICudaDriver driver, DeviceKernels kernels, Plan plan, SessionSpec spec, bool isolateBuffers, bool useGraphs, bool useFusion, long chunkBytes)
    {
        if (spec.Replicas.Count > MostReplicas)
        {
            throw new ArgumentException(
                $"{spec.Replicas.Count} networks cannot train side by side on a CUDA device, only {MostReplicas}.", nameof(spec));
        }

        spec.Validate(plan);
        (_driver, _kernels, _spec, _isolateBuffers, _useGraphs) = (driver, kernels, spec, isolateBuffers, useGraphs);
        _setsState = plan.RoundStart.Count > 0;
        _arena = new DeviceArena(driver, isolateBuffers);
        _state = new CudaState(driver, plan, spec, _arena);
        if (plan.Fit is not null)
        {
            _fit = new CudaFit(driver, _kernels, plan, _state, _arena, useGraphs, chunkBytes);
        }
        else
        {
            var schedule = new BatchSchedule(_state.RowsPerReplica, spec.BatchSize);
            var shuffle = new CudaShuffle(driver, _kernels, spec, _state, _arena);
            Fused = useFusion ? FusedEpoch.Of(plan, _state, schedule.LargestBatch, driver.Device.SharedBytes) : null;
            IReadOnlyList<EpochPart> steps = Fused is not null
                ? [Fused.Part(_kernels, _state, spec, shuffle.Order, schedule)]
                : SteppedEpoch.Parts(
                    new CudaTrainingStep(driver, _kernels, plan, spec, _state, shuffle.Order, _arena, schedule.LargestBatch), schedule);
            _epoch = new CudaEpoch(driver, _kernels, _state, shuffle, steps, useGraphs);
        }

        _scoring = new CudaScoring(driver, _kernels, plan, _state, _arena, useGraphs, chunkBytes);
        _initializer = new CudaInitializer(driver, _kernels, plan, _state, _arena);
        _active = new bool[_state.Replicas];
        Array.Fill(_active, true);
        _outcomes = new OutcomeRecord[_state.Replicas];
        Array.Fill(_outcomes, new OutcomeRecord { FailedEpoch = -1 });
    }

    /// <summary>What makes an epoch one kernel; null where steps are launched one after the other.</summary>
    public FusedEpoch? Fused { get; }

    /// <summary>Where the data of the session lie on the device already; 0 for nowhere.</summary>
    public ulong RowsOnDevice { get; init; }

    /// <summary>Bytes of its memory, without that of rounds.</summary>
    public long Bytes => _arena.Bytes;

    /// <summary>Loads the kernels, allocates the memory and copies to it what never changes.</summary>
    /// <exception cref="CudaOutOfMemoryException">The device has not enough memory.</exception>
    public void Allocate()
    {
        _kernels.Load();
        try
        {
            _arena.Allocate();
            _state.Upload(_spec, RowsOnDevice);
            _initializer.Upload();
        }
        catch (CudaOutOfMemoryException e)
        {
            _arena.Dispose();
            throw new CudaOutOfMemoryException(e.Call, e.Status, Needs(_arena.Bytes));
        }
        catch
        {
            _arena.Dispose();
            throw;
        }
    }

    /// <summary>Bytes of the memory of rounds.</summary>
    public long BytesOfRounds(RoundSpec spec) => Rounds(spec).Bytes;

    /// <summary>Begins rounds on the device.</summary>
    /// <exception cref="CudaOutOfMemoryException">The device has not enough memory.</exception>
    public CudaRounds CreateRounds(RoundSpec spec)
    {
        CudaRounds rounds = Rounds(spec);
        try
        {
            rounds.Allocate();
            return rounds;
        }
        catch (CudaOutOfMemoryException e)
        {
            throw new CudaOutOfMemoryException(e.Call, e.Status, Needs(_arena.Bytes + rounds.Bytes));
        }
    }

    public void Import(int replica, ReplicaState state) => _state.Import(replica, state);

    public void Export(int replica, ReplicaState state) => _state.Export(replica, state);

    public void Initialize(int round) => _initializer.Run(round);

    public void SetImportanceWeights(int first, int count, ReadOnlySpan<float> weights)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(weights.Length, _spec.Samples);
        for (int replica = first; replica < first + count; replica++) _state.Write(_state.ImportanceWeights, replica, weights);
    }

    public void BeginRound()
    {
        if (_setsState) _scoring.BeginRound();
    }

    public void Train(EpochRange epochs, Action? epochDone, CancellationToken cancellationToken)
    {
        _areOutcomesRead = false;
        _epoch?.Train(epochs, () => ForEachActive(epochDone), cancellationToken);
        if (_fit is null) return;
        cancellationToken.ThrowIfCancellationRequested();
        _fit.Run(epochs);
        for (int epoch = 0; epoch < epochs.Count; epoch++) ForEachActive(epochDone);
    }

    public TrainingOutcome Outcome(int replica)
    {
        if (!_areOutcomesRead) _state.Read<OutcomeRecord>(_state.Outcomes, 0, _outcomes);
        _areOutcomesRead = true;
        OutcomeRecord outcome = _outcomes[replica];
        return new TrainingOutcome(outcome.Loss, outcome.FailedEpoch < 0 ? null : outcome.FailedEpoch);
    }

    public void Score() => _scoring.Score();

    public void ReadScores(int replica, Span<float> scores) => _state.Read(_state.Scores, replica, scores);

    public void Deactivate(int replica) => _active[replica] = false;

    public void ReadGradient(int replica, Span<float> gradient) => _state.ReadTensors(_state.Gradient, _state.Layout, replica, gradient);

    public void Dispose()
    {
        _epoch?.Dispose();
        _fit?.Dispose();
        _scoring.Dispose();
        _arena.Dispose();
    }

    private CudaRounds Rounds(RoundSpec spec) => new(_driver, _kernels, _state, spec, _isolateBuffers, _useGraphs);

    private void ForEachActive(Action? epochDone)
    {
        if (epochDone is null) return;
        foreach (bool isActive in _active)
        {
            if (isActive) epochDone();
        }
    }

    private string Needs(long bytes) => string.Create(
        CultureInfo.InvariantCulture,
        $"{_driver.Device.Name} has not enough free memory to train {_state.Replicas:n0} networks (seeds times ensemble members) "
        + $"on {_state.Samples:n0} samples side by side, which needs {bytes:n0} bytes. Use fewer seeds or ensemble members, "
        + $"smaller batches or a smaller network, free memory on the device (nvidia-smi shows what uses it), or train with "
        + $"--device cpu.");
}
