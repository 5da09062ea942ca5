using System.Runtime.InteropServices;
using IadNative.Compute;
using IadNative.Iad;
using IadNative.Iad.Members;

namespace IadNative.Cuda;

/// <summary>As in kernels/termination.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct OtsuArguments
{
    public ulong Keys, Low, Records;
    public int Samples;
}

/// <summary>As in kernels/termination.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct KeepArguments
{
    public ulong IsKept, Values, Kept;
    public long Words;
}

/// <summary>
/// What happens between two rounds: <see cref="CudaRanking"/> turns scores into weights, and what a termination criterion may ask
/// for is computed. All of it is replayed in one call (<see cref="RecordedWork"/>), and one record per run goes to the host. The
/// host tells which runs keep this round: their networks and scores are copied aside, on the device, in another replayed call.
/// What was kept goes to the host when somebody asks for it.
/// </summary>
internal sealed class CudaRounds : IRounds
{
    public static readonly KernelDefinition<OtsuArguments> OtsuRatios = new(
        "termination.cu", "otsu_ratios", (in _, runs, _) => new LaunchShape(1, runs, 1, 256));

    public static readonly KernelDefinition<KeepArguments> KeepRounds = new(
        "termination.cu", "keep_rounds", (in a, runs, _) => LaunchShape.Strided(a.Words, runs));

    private readonly ICudaDriver _driver;
    private readonly DeviceKernels _kernels;
    private readonly Kernel<OtsuArguments> _otsuRatios;
    private readonly Kernel<KeepArguments> _keepRounds;
    private readonly CudaState _state;
    private readonly RoundSpec _spec;
    private readonly DeviceArena _arena;
    private readonly CudaRanking _ranking;
    private readonly DeviceBuffer _low, _isKept;
    private readonly (DeviceBuffer Values, DeviceBuffer Kept)[] _keeps;
    private readonly RecordedWork _taking, _keeping;
    private readonly DeviceBuffer _parameters, _statistics, _scores;
    private readonly DeviceBuffer[] _networkState;
    private readonly DeviceBuffer? _medians;
    private readonly int[] _keptFlags;
    private readonly RoundRecord[] _records;

    /// <summary>Reserves the memory for all rounds, to be allocated by <see cref="Allocate"/>.</summary>
    /// <param name="driver">The device.</param>
    /// <param name="kernels">Its kernels.</param>
    /// <param name="state">The session's state: its scores are read, its importance weights written.</param>
    /// <param name="spec">What the rounds need to know.</param>
    /// <param name="isolateBuffers">Whether every buffer gets an allocation of its own.</param>
    /// <param name="useGraphs">Whether launches are recorded and replayed.</param>
    public CudaRounds(
        ICudaDriver driver, DeviceKernels kernels, CudaState state, RoundSpec spec, bool isolateBuffers, bool useGraphs)
    {
        (_driver, _kernels, _state, _spec) = (driver, kernels, state, spec);
        (_otsuRatios, _keepRounds) = (kernels.Get(OtsuRatios), kernels.Get(KeepRounds));
        _arena = new DeviceArena(driver, isolateBuffers);
        _ranking = new CudaRanking(driver, _kernels, _arena, spec);
        _low = _arena.Reserve<double>((long)spec.Runs * spec.Samples);
        _isKept = _arena.Reserve<int>(spec.Runs);
        _keptFlags = new int[spec.Runs];
        _records = new RoundRecord[spec.Runs];
        var keeps = new List<(DeviceBuffer Values, DeviceBuffer Kept)>();
        _parameters = Keep(_state.Parameters);
        _statistics = Keep(_state.Statistics);
        _networkState = [.. _state.State.Select(Keep)];
        _scores = Keep(_ranking.Combined ?? _state.Scores);
        if (_ranking.Medians is not null) _medians = Keep(_ranking.Medians);
        _keeps = [.. keeps];
        _taking = new RecordedWork(driver, useGraphs, TakeScores);
        _keeping = new RecordedWork(driver, useGraphs, KeepRound);
        DeviceBuffer Keep(DeviceBuffer values)
        {
            DeviceBuffer kept = _arena.Reserve<byte>(values.Bytes);
            if (values.Bytes > 0) keeps.Add((values, kept));
            return kept;
        }
    }

    /// <summary>Bytes of its memory.</summary>
    public long Bytes => _arena.Bytes;

    /// <summary>Allocates the memory; all weights become 1.</summary>
    /// <exception cref="CudaOutOfMemoryException">The device has not that much left.</exception>
    public void Allocate()
    {
        _kernels.Load();
        try
        {
            _arena.Allocate();
            _ranking.Upload();
            Start();
        }
        catch
        {
            _arena.Dispose();
            throw;
        }
    }

    /// <summary>Each run's ranks 1 … n in the last round; 0 before the first.</summary>
    internal DeviceBuffer Ranks => _ranking.Ranks;

    public double?[] TakeUntrained()
    {
        if (_spec.Labels is null) return new double?[_spec.Runs];
        double?[] aucs = [.. Take().Select(result => result.Auc)];
        Start();
        return aucs;
    }

    public void SetWeights()
    {
        // They lie where the session reads them.
    }

    public RoundResult[] Take()
    {
        Launch();
        _driver.CopyToHost(MemoryMarshal.AsBytes(_records.AsSpan()), _ranking.Records.Address);
        double[]? medians = null;
        return [.. _records.Select((record, run) =>
            record.IsFinite == 0 ? new RoundResult { Trouble = Trouble(run, ref medians) } : record.ToResult(_spec))];
    }

    public void Keep(ReadOnlySpan<bool> runs, bool isBeside = false)
    {
        if (isBeside) throw new NotSupportedException("The CUDA engine keeps one round of a run.");
        for (int run = 0; run < runs.Length; run++) _keptFlags[run] = runs[run] ? 1 : 0;
        _driver.CopyToDevice(_isKept.Address, MemoryMarshal.AsBytes<int>(_keptFlags));
        _keeping.Run();
    }

    public void Freeze(int run)
    {
        // It is computed along with the others, and nobody asks for its result or lets it keep another round.
    }

    public KeptNetworks Kept(int run)
    {
        var states = new ReplicaState[_spec.Members];
        for (int member = 0; member < states.Length; member++)
        {
            int replica = (run * _spec.Members) + member;
            ReplicaState state = states[member] = new ReplicaState(_state.Plan);
            _state.ReadTensors(_parameters, _state.Layout, replica, state.Parameters);
            _state.ReadTensors(_statistics, _state.StatisticsLayout, replica, state.Statistics);
            for (int i = 0; i < _networkState.Length; i++)
            {
                TensorSlot slot = _state.Plan.State.Slots[i];
                _state.Read(_networkState[i], replica, state.State.AsSpan(slot.Offset, slot.Length));
            }
        }

        double[] medians = new double[_spec.Members];
        if (_medians is not null) _state.Read<double>(_medians, run, medians);
        return new KeptNetworks(states, medians);
    }

    public float[] KeptScores(int run)
    {
        float[] scores = new float[_spec.Samples];
        _state.Read<float>(_scores, run, scores);
        return scores;
    }

    public void Dispose()
    {
        _taking.Dispose();
        _keeping.Dispose();
        _arena.Dispose();
    }

    /// <summary>All that follows from the scores of a round, in one replayed call, of which nothing is read back.</summary>
    internal void Launch() => _taking.Run();

    private void TakeScores()
    {
        _ranking.Take(_state.Scores.Address, _state.ImportanceWeights.Address);
        _otsuRatios.Launch(
            new OtsuArguments
            {
                Keys = _ranking.SortedKeys.Address,
                Low = _low.Address,
                Records = _ranking.Records.Address,
                Samples = _spec.Samples,
            },
            _spec.Runs);
    }

    private void KeepRound()
    {
        foreach ((DeviceBuffer values, DeviceBuffer kept) in _keeps)
        {
            _keepRounds.Launch(
                new KeepArguments
                {
                    IsKept = _isKept.Address,
                    Values = values.Address,
                    Kept = kept.Address,
                    Words = values.Bytes / sizeof(uint) / _spec.Runs,
                },
                _spec.Runs);
        }
    }

    /// <summary>No ranks, all weights 1.</summary>
    private void Start()
    {
        _ranking.Forget();
        _state.ResetWeights();
    }

    private string Trouble(int run, ref double[]? medians)
    {
        if (_ranking.Medians is null) return MemberScores.Trouble([double.NaN], _spec.Scales)!;
        if (medians is null)
        {
            medians = new double[_state.Replicas];
            _driver.CopyToHost(MemoryMarshal.AsBytes(medians.AsSpan()), _ranking.Medians.Address);
        }

        return MemberScores.Trouble(medians.AsSpan(run * _spec.Members, _spec.Members), _spec.Scales) ?? MemberScores.NotFinite;
    }
}
