using System.Runtime.InteropServices;
using IadNative.Compute;
using IadNative.Iad;

namespace IadNative.Cuda;

/// <summary>As in kernels/termination.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct JudgeArguments
{
    public ulong Keys, Low, Records, Best, IsFrozen;
    public int Samples, Criterion, IsNamed;
}

/// <summary>As in kernels/termination.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct KeepArguments
{
    public ulong Records, Values, Kept;
    public long Words;
}

/// <summary>
/// What happens between two rounds: <see cref="CudaRanking"/> turns scores into weights; then every run is judged, and the
/// networks and scores of its best round so far are copied aside, on the device. All of it is replayed in one call
/// (<see cref="RecordedWork"/>). One record per run goes to the host, and what was kept when somebody asks for it.
/// </summary>
internal sealed class CudaRounds : IRounds
{
    public static readonly KernelDefinition<JudgeArguments> JudgeRounds = new(
        "termination.cu", "judge_rounds", (in _, runs, _) => new LaunchShape(1, runs, 1, 256));

    public static readonly KernelDefinition<KeepArguments> KeepRounds = new(
        "termination.cu", "keep_rounds", (in a, runs, _) => LaunchShape.Strided(a.Words, runs));

    private readonly ICudaDriver _driver;
    private readonly DeviceKernels _kernels;
    private readonly Kernel<JudgeArguments> _judgeRounds;
    private readonly Kernel<KeepArguments> _keepRounds;
    private readonly CudaState _state;
    private readonly RoundSpec _spec;
    private readonly DeviceArena _arena;
    private readonly CudaRanking _ranking;
    private readonly DeviceBuffer _low, _best, _isFrozen;
    private readonly (DeviceBuffer Values, DeviceBuffer Kept)[] _keeps;
    private readonly RecordedWork _namedRound, _comparedRound;
    private readonly DeviceBuffer _parameters, _statistics, _scores;
    private readonly DeviceBuffer[] _networkState;
    private readonly DeviceBuffer? _medians;
    private readonly int[] _frozen;
    private readonly RoundRecord[] _records;
    private bool _areFrozenUploaded = true;

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
        (_judgeRounds, _keepRounds) = (kernels.Get(JudgeRounds), kernels.Get(KeepRounds));
        _arena = new DeviceArena(driver, isolateBuffers);
        _ranking = new CudaRanking(driver, _kernels, _arena, spec);
        _low = _arena.Reserve<double>((long)spec.Runs * spec.Samples);
        _best = _arena.Reserve<double>(spec.Runs);
        _isFrozen = _arena.Reserve<int>(spec.Runs);
        _frozen = new int[spec.Runs];
        _records = new RoundRecord[spec.Runs];
        var keeps = new List<(DeviceBuffer Values, DeviceBuffer Kept)>();
        _parameters = Keep(_state.Parameters);
        _statistics = Keep(_state.Statistics);
        _networkState = [.. _state.State.Select(Keep)];
        _scores = Keep(_ranking.Combined ?? _state.Scores);
        if (_ranking.Medians is not null) _medians = Keep(_ranking.Medians);
        _keeps = [.. keeps];
        _namedRound = new RecordedWork(driver, useGraphs, () => TakeScores(isNamed: true));
        _comparedRound = new RecordedWork(driver, useGraphs, () => TakeScores(isNamed: false));
        DeviceBuffer Keep(DeviceBuffer values)
        {
            var kept = _arena.Reserve<byte>(values.Bytes);
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
            _driver.Clear(_isFrozen.Address, _isFrozen.Bytes);
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
        double?[] aucs = [.. Take(round: 0).Select(result => result.Auc)];
        Start();
        return aucs;
    }

    public void SetWeights()
    {
        // They lie where the session reads them.
    }

    public RoundResult[] Take(int round)
    {
        if (!_areFrozenUploaded) _driver.CopyToDevice(_isFrozen.Address, MemoryMarshal.AsBytes<int>(_frozen));
        _areFrozenUploaded = true;
        Launch(round);
        _driver.CopyToHost(MemoryMarshal.AsBytes(_records.AsSpan()), _ranking.Records.Address);
        double[]? medians = null;
        return [.. _records.Select((record, run) =>
            record.IsFinite == 0 ? new RoundResult { Trouble = Trouble(run, ref medians) } : record.ToResult(_spec))];
    }

    public void Freeze(int run)
    {
        _frozen[run] = 1;
        _areFrozenUploaded = false;
    }

    public KeptNetworks Kept(int run)
    {
        var states = new ReplicaState[_spec.Members];
        for (int member = 0; member < states.Length; member++)
        {
            int replica = (run * _spec.Members) + member;
            ReplicaState state = states[member] = new ReplicaState(_spec.Plan);
            _state.Read<float>(_parameters, replica, state.Parameters);
            _state.Read<float>(_statistics, replica, state.Statistics);
            for (int i = 0; i < _networkState.Length; i++)
            {
                TensorSlot slot = _spec.Plan.State.Slots[i];
                _state.Read(_networkState[i], replica, state.State.AsSpan(slot.Offset, slot.Length));
            }
        }

        var medians = new double[_spec.Members];
        if (_medians is not null) _state.Read<double>(_medians, run, medians);
        return new KeptNetworks(states, medians);
    }

    public float[] KeptScores(int run)
    {
        var scores = new float[_spec.Samples];
        _state.Read<float>(_scores, run, scores);
        return scores;
    }

    public void Dispose()
    {
        _namedRound.Dispose();
        _comparedRound.Dispose();
        _arena.Dispose();
    }

    /// <summary>All that follows from the scores of a round, in one replayed call, of which nothing is read back.</summary>
    internal void Launch(int round) =>
        (RoundSelection.IsNamed(_spec.Termination, round) is true ? _namedRound : _comparedRound).Run();

    private void TakeScores(bool isNamed)
    {
        _ranking.Take(_state.Scores.Address, _state.ImportanceWeights.Address);
        _judgeRounds.Launch(
            new JudgeArguments
            {
                Keys = _ranking.SortedKeys.Address,
                Low = _low.Address,
                Records = _ranking.Records.Address,
                Best = _best.Address,
                IsFrozen = _isFrozen.Address,
                Samples = _spec.Samples,
                Criterion = _spec.Termination.Rule switch { TerminationRule.RankFlip => 1, TerminationRule.Otsu => 2, _ => 0 },
                IsNamed = isNamed ? 1 : 0,
            },
            _spec.Runs);
        foreach ((DeviceBuffer values, DeviceBuffer kept) in _keeps)
        {
            _keepRounds.Launch(
                new KeepArguments
                {
                    Records = _ranking.Records.Address,
                    Values = values.Address,
                    Kept = kept.Address,
                    Words = values.Bytes / sizeof(uint) / _spec.Runs,
                },
                _spec.Runs);
        }
    }

    /// <summary>No ranks, nothing kept, all weights 1.</summary>
    private void Start()
    {
        _ranking.Forget();
        var best = new double[_spec.Runs];
        Array.Fill(best, double.PositiveInfinity);
        _driver.CopyToDevice(_best.Address, MemoryMarshal.AsBytes<double>(best));
        _state.ResetWeights();
    }

    private string Trouble(int run, ref double[]? medians)
    {
        if (_ranking.Medians is null) return MemberScores.Trouble([double.NaN], _spec.Scale)!;
        if (medians is null)
        {
            medians = new double[_state.Replicas];
            _driver.CopyToHost(MemoryMarshal.AsBytes(medians.AsSpan()), _ranking.Medians.Address);
        }

        return MemberScores.Trouble(medians.AsSpan(run * _spec.Members, _spec.Members), _spec.Scale) ?? MemberScores.NotFinite;
    }
}
