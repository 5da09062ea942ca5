using IadNative.Compute;

namespace IadNative.Iad.Members;

/// <summary>The networks of a family: a session on a device and, with pretraining, another one.</summary>
internal sealed class SessionMembers : IMembers
{
    private readonly IDevice _device;
    private readonly NetworkFamily _family;
    private readonly BetweenRounds _between;
    private readonly ProgressMeter _progress;
    private readonly ISession _session;
    private readonly ISession? _pretraining;
    private readonly bool[] _isFrozen;
    private readonly ReplicaState?[] _pretrained;
    private readonly List<ReplicaState[]>[] _kept;
    private readonly ReplicaState[]?[] _incoming;
    private ISession? _trained;

    /// <summary>Creates the sessions.</summary>
    /// <param name="device">Where they train.</param>
    /// <param name="family">What they are.</param>
    /// <param name="sessions">The session of training and, with pretraining, that of pretraining, with all replicas of all runs.</param>
    /// <param name="between">What a network starts from when a round begins.</param>
    /// <param name="progress">Told of every epoch.</param>
    /// <exception cref="DeviceFailedException">The device has not enough memory, or stopped working.</exception>
    public SessionMembers(
        IDevice device, NetworkFamily family, (Plan Plan, SessionSpec Spec)[] sessions, BetweenRounds between, ProgressMeter progress)
    {
        (_device, _family, _between, _progress) = (device, family, between, progress);
        int replicas = sessions[0].Spec.Replicas.Count, runs = replicas / family.Members;
        _isFrozen = new bool[runs];
        _pretrained = new ReplicaState?[replicas];
        _kept = [.. Enumerable.Range(0, runs).Select(_ => new List<ReplicaState[]>())];
        _incoming = new ReplicaState[]?[runs];
        _session = device.CreateSession(sessions[0].Plan, sessions[0].Spec);
        if (sessions.Length == 1) return;
        try
        {
            _pretraining = device.CreateSession(sessions[1].Plan, sessions[1].Spec);
        }
        catch
        {
            _session.Dispose();
            throw;
        }
    }

    /// <summary>Members of a run.</summary>
    public int Members => _family.Members;

    public bool AreScoredUntrained => _family.Plan.Model.HasNetwork;

    /// <summary>Trains autoencoders with unit weights.</summary>
    public void Prepare(int round, CancellationToken cancellationToken)
    {
        _trained = null;
        if (_pretraining is null || !IsFresh(round)) return;
        for (int run = 0; run < _isFrozen.Length; run++)
        {
            if (!_isFrozen[run]) continue;
            foreach (int replica in ReplicasOf(run)) _pretraining.Deactivate(replica);
        }

        _pretraining.Initialize(round);
        _pretraining.Train(new EpochRange(round, 0, _family.Plan.PretrainEpochs), _progress.EpochDone, cancellationToken);
        _trained = _pretraining;
    }

    public void Begin(int round)
    {
        if (round > 0 && _between == BetweenRounds.Warm) return;
        bool isFresh = IsFresh(round);
        if (isFresh || _pretraining is null) _session.Initialize(isFresh ? round : 0);
        if (_pretraining is not null) TakeOverEncoders(_pretraining, isFresh);
        _session.BeginRound();
    }

    public void SetWeights(int run, int first, int count, ReadOnlySpan<float> weights) =>
        _session.SetImportanceWeights(ReplicaOf(run, first), count, weights);

    public void Train(int round, CancellationToken cancellationToken)
    {
        _session.Train(new EpochRange(round, 0, _family.Epochs), _progress.EpochDone, cancellationToken);
        _trained = _session;
    }

    public void Score() => _session.Score();

    public void Score(int samples, MemberScoreReader read)
    {
        int[] active = [.. Enumerable.Range(0, _isFrozen.Length).Where(run => !_isFrozen[run]).SelectMany(ReplicasOf)];
        _session.Score(active, samples, (replica, scores) => read(replica / _family.Members, replica % _family.Members, scores));
    }

    public void ReadScores(int run, int member, Span<float> scores) => _session.ReadScores(ReplicaOf(run, member), scores);

    public MemberFailure? Failure(int run)
    {
        if (_trained is null) return null;
        for (int member = 0; member < _family.Members; member++)
        {
            if (_trained.Outcome(ReplicaOf(run, member)).FailedEpoch is { } epoch)
                return new MemberFailure(member, epoch, _trained == _session ? "the loss" : "the pretraining loss");
        }

        return null;
    }

    public double Loss(int run, int member) => _session.Outcome(ReplicaOf(run, member)).Loss;

    public void Freeze(int run)
    {
        _isFrozen[run] = true;
        foreach (int replica in ReplicasOf(run)) _session.Deactivate(replica);
    }

    public void Keep(ReadOnlySpan<bool> runs, bool isBeside)
    {
        TakeOut(runs);
        KeepTakenOut(runs, isBeside);
    }

    /// <summary>The first half of <see cref="Keep"/>, which may fail: copies networks off the device.</summary>
    public void TakeOut(ReadOnlySpan<bool> runs)
    {
        for (int run = 0; run < runs.Length; run++)
        {
            if (runs[run]) Export(run, _incoming[run] ??= NewStates());
        }
    }

    /// <summary>The second half, which never fails.</summary>
    public void KeepTakenOut(ReadOnlySpan<bool> runs, bool isBeside)
    {
        for (int run = 0; run < runs.Length; run++)
        {
            if (!runs[run]) continue;
            List<ReplicaState[]> kept = _kept[run];
            ReplicaState[]? free = isBeside || kept.Count == 0 ? null : kept[0];
            if (!isBeside) kept.Clear();
            kept.Add(_incoming[run]!);
            _incoming[run] = free;
        }
    }

    public IReadOnlyList<ReplicaState> Kept(int run) =>
        _kept[run].Count > 0 ? [.. _kept[run].SelectMany(states => states)] : throw new InvalidOperationException("Nothing was kept yet.");

    public IReadOnlyList<ReplicaState> Export(int run)
    {
        ReplicaState[] states = NewStates();
        Export(run, states);
        return states;
    }

    public void Restore(int run)
    {
        // What was kept is elsewhere, and the session ends.
    }

    public IRounds CreateRounds(RoundSpec spec) =>
        _device is IRoundDevice device && spec is { IsCommittee: false, AveragesRounds: false }
            ? device.CreateRounds(_session, spec)
            : new HostRounds(this, spec);

    public void Dispose()
    {
        _pretraining?.Dispose();
        _session.Dispose();
    }

    private bool IsFresh(int round) => round == 0 || _between == BetweenRounds.Reinitialize;

    private int ReplicaOf(int run, int member) => (run * _family.Members) + member;

    private IEnumerable<int> ReplicasOf(int run) => Enumerable.Range(run * _family.Members, _family.Members);

    private ReplicaState[] NewStates() => [.. Enumerable.Range(0, _family.Members).Select(_ => new ReplicaState(_family.Plan.Training))];

    private void Export(int run, ReplicaState[] states)
    {
        for (int member = 0; member < states.Length; member++) _session.Export(ReplicaOf(run, member), states[member]);
    }

    /// <summary>Puts pretrained encoders into networks that are fresh otherwise.</summary>
    private void TakeOverEncoders(ISession pretraining, bool areNew)
    {
        var autoencoder = new ReplicaState(_family.Plan.Pretraining!);
        foreach (int replica in Enumerable.Range(0, _isFrozen.Length).Where(run => !_isFrozen[run]).SelectMany(ReplicasOf))
        {
            ReplicaState state = _pretrained[replica] ??= new ReplicaState(_family.Plan.Training);
            if (areNew)
            {
                _session.Export(replica, state);
                pretraining.Export(replica, autoencoder);
                _family.Plan.CopyEncoder(autoencoder, state);
            }

            _session.Import(replica, state);
        }
    }
}
