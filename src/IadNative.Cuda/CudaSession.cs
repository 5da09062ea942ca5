using System.Globalization;
using IadNative.Compute;
using IadNative.Random;

namespace IadNative.Cuda;

/// <summary>A plan on a CUDA device. Replicas advance in lockstep; an inactive one is computed along and ignored.</summary>
internal sealed class CudaSession : ISession
{
    // Replicas are the y dimension of every grid.
    private const int MostReplicas = 65_535;

    private readonly ICudaDriver _driver;
    private readonly SessionSpec _spec;
    private readonly DeviceArena _arena;
    private readonly CudaState _state;
    private readonly CudaTrainingStep _step;
    private readonly CudaScoring _scoring;
    private readonly BatchSchedule _schedule;
    private readonly Permutation _permutation;
    private readonly int[] _order;
    private readonly double[] _losses;
    private readonly bool[] _active;
    private readonly TrainingOutcome[] _outcomes;
    private readonly bool _hasCenter;

    public CudaSession(ICudaDriver driver, Plan plan, SessionSpec spec, bool isolateBuffers)
    {
        if (spec.Replicas.Count > MostReplicas)
        {
            throw new ArgumentException(
                $"{spec.Replicas.Count} networks cannot train side by side on a CUDA device, only {MostReplicas}; "
                + "use fewer seeds or ensemble members.",
                nameof(spec));
        }

        _driver = driver;
        _spec = spec;
        _hasCenter = plan.HasCenter;
        _arena = new DeviceArena(driver, isolateBuffers);
        _state = new CudaState(driver, plan, spec, _arena);
        _schedule = new BatchSchedule(_state.RowsPerReplica, spec.BatchSize);
        var kernels = new KernelSet(driver);
        _step = new CudaTrainingStep(driver, kernels, plan, spec, _state, _arena, _schedule.LargestBatch);
        _scoring = new CudaScoring(driver, kernels, plan, _state, _arena);
        _permutation = new Permutation(_state.RowsPerReplica);
        _order = new int[_state.RowsPerReplica];
        _losses = new double[_state.Replicas];
        _active = new bool[_state.Replicas];
        Array.Fill(_active, true);
        _outcomes = new TrainingOutcome[_state.Replicas];
        try
        {
            _arena.Allocate();
            _state.Upload(spec);
        }
        catch (CudaOutOfMemoryException e)
        {
            _arena.Dispose();
            throw new CudaOutOfMemoryException(e.Call, e.Status, Needs());
        }
        catch
        {
            _arena.Dispose();
            throw;
        }
    }

    public void Import(int replica, ReplicaState state) => _state.Import(replica, state);

    public void Export(int replica, ReplicaState state) => _state.Export(replica, state);

    public void SetImportanceWeights(int replica, ReadOnlySpan<float> weights) =>
        _state.Write(_state.ImportanceWeights, replica, weights);

    public void PlaceCenters()
    {
        if (_hasCenter) _scoring.PlaceCenters();
    }

    public void Train(EpochRange epochs, Action? epochDone, CancellationToken cancellationToken)
    {
        Array.Clear(_outcomes);
        for (int epoch = epochs.First; epoch < epochs.First + epochs.Count && IsAnyTraining(); epoch++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Shuffle(epochs.Round, epoch);
            _driver.Clear(_state.EpochLoss.Address, _state.EpochLoss.Bytes);
            for (int batch = 0; batch < _schedule.Count; batch++)
                _step.Run(_schedule.Start(batch), _schedule.Length(batch), epoch >= epochs.RadiusFrom);
            _state.Read<double>(_state.EpochLoss, 0, _losses);
            for (int replica = 0; replica < _losses.Length; replica++)
            {
                if (!IsTraining(replica)) continue;
                double loss = _losses[replica] / _state.RowsPerReplica;
                _outcomes[replica] = new TrainingOutcome(loss, double.IsFinite(loss) ? null : epoch);
                epochDone?.Invoke();
            }
        }
    }

    public TrainingOutcome Outcome(int replica) => _outcomes[replica];

    public void Score() => _scoring.Score();

    public void ReadScores(int replica, Span<float> scores) => _state.Read(_state.Scores, replica, scores);

    public void Deactivate(int replica) => _active[replica] = false;

    public void ReadGradient(int replica, Span<float> gradient) => _state.Read(_state.Gradient, replica, gradient);

    public void Dispose() => _arena.Dispose();

    private string Needs() => string.Create(
        CultureInfo.InvariantCulture,
        $"{_driver.Device.Name} has not enough free memory to train {_state.Replicas:n0} networks (seeds times ensemble members) "
        + $"on {_state.Samples:n0} samples side by side, which needs {_arena.Bytes:n0} bytes. Use fewer seeds or ensemble members, "
        + $"smaller batches or a smaller network, free memory on the device (nvidia-smi shows what uses it), or train with "
        + $"--device cpu.");

    private bool IsTraining(int replica) => _active[replica] && _outcomes[replica].FailedEpoch is null;

    private bool IsAnyTraining()
    {
        for (int replica = 0; replica < _active.Length; replica++)
        {
            if (IsTraining(replica)) return true;
        }

        return false;
    }

    private void Shuffle(int round, int epoch)
    {
        for (int replica = 0; replica < _active.Length; replica++)
        {
            if (!IsTraining(replica)) continue;
            ReplicaSpec spec = _spec.Replicas[replica];
            ReadOnlySpan<int> permutation = _permutation.Draw(new RandomSequence(spec.Key, _spec.Shuffle, spec.Member, round, epoch));
            for (int i = 0; i < _order.Length; i++) _order[i] = spec.Rows[permutation[i]];
            _state.Write<int>(_state.Order, replica, _order);
        }
    }
}
