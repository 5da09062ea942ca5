using IadNative.Compute;
using IadNative.Random;

namespace IadNative.Iad.Members;

/// <summary>The networks of a family: a session on a device and, with pretraining, another one.</summary>
internal class SessionMembers : IMembers
{
    private readonly IDevice _device;
    private readonly ProgressMeter _progress;
    private readonly bool[] _isFrozen;
    private readonly ReplicaState?[] _pretrained;
    private readonly List<ReplicaState[]>[] _kept;
    private readonly ReplicaState[]?[] _incoming;

    /// <summary>Creates the sessions.</summary>
    /// <param name="device">Where they train.</param>
    /// <param name="family">What they are.</param>
    /// <param name="spec">The session of training, with all replicas of all runs.</param>
    /// <param name="between">What a network starts from when a round begins.</param>
    /// <param name="progress">Told of every epoch.</param>
    /// <exception cref="DeviceFailedException">The device has not enough memory, or stopped working.</exception>
    public SessionMembers(IDevice device, NetworkFamily family, SessionSpec spec, BetweenRounds between, ProgressMeter progress)
        : this(device, device, family, spec, between, progress)
    {
    }

    /// <summary>Creates the sessions, that of pretraining on a device of its own.</summary>
    private protected SessionMembers(
        IDevice device, IDevice pretrainingDevice, NetworkFamily family, SessionSpec spec, BetweenRounds between, ProgressMeter progress)
    {
        (_device, Family, Between, _progress) = (device, family, between, progress);
        int replicas = spec.Replicas.Count, runs = replicas / family.Members;
        _isFrozen = new bool[runs];
        _pretrained = new ReplicaState?[replicas];
        _kept = [.. Enumerable.Range(0, runs).Select(_ => new List<ReplicaState[]>())];
        _incoming = new ReplicaState[]?[runs];
        Session = device.CreateSession(family.Plan.Training, spec);
        if (family.Plan.Pretraining is null) return;
        try
        {
            Pretraining = pretrainingDevice.CreateSession(family.Plan.Pretraining, PretrainingOf(spec));
        }
        catch
        {
            Session.Dispose();
            throw;
        }
    }

    /// <summary>The session of pretraining where that of training is given.</summary>
    public static SessionSpec PretrainingOf(SessionSpec spec) => spec with { Shuffle = RandomPurpose.PretrainShuffle };

    /// <summary>Members of a run.</summary>
    public int Members => Family.Members;

    /// <summary>What the networks are.</summary>
    private protected NetworkFamily Family { get; }

    /// <summary>What a network starts from when a round begins.</summary>
    private protected BetweenRounds Between { get; }

    /// <summary>The session whose networks are scored and kept.</summary>
    private protected ISession Session { get; set; }

    /// <summary>The session of pretraining; null without one.</summary>
    private protected ISession? Pretraining { get; }

    /// <summary>Whether round 0 only scores the networks as they are.</summary>
    public bool IsScoredFirst { get; init; }

    /// <summary>The session whose networks are scored.</summary>
    private protected virtual ISession Scored => Session;

    /// <summary>The session that trained last; null where none has in this round.</summary>
    private protected ISession? Trained { get; set; }

    public virtual bool AreScoredUntrained => Family.Plan.Model.HasNetwork && Family.Start is null;

    public void Prepare(int round, CancellationToken cancellationToken)
    {
        Trained = null;
        if (Pretraining is null || !(TrainsItself ? round == 0 : IsFresh(round))) return;
        for (int run = 0; run < _isFrozen.Length; run++)
        {
            if (!_isFrozen[run]) continue;
            foreach (int replica in ReplicasOf(run)) Pretraining.Deactivate(replica);
        }

        Pretraining.Initialize(round);
        Pretraining.Train(new EpochRange(round, 0, Family.Plan.PretrainEpochs), _progress.EpochDone, cancellationToken);
        Trained = Pretraining;
    }

    public virtual void Begin(int round)
    {
        if (round > 0 && Between == BetweenRounds.Warm) return;
        if (Family.Start is { } start)
        {
            GoOnFrom(start);
            return;
        }

        bool isFresh = IsFresh(round);
        if (isFresh || Pretraining is null) Session.Initialize(isFresh ? round : 0);
        if (Pretraining is not null) TakeOverEncoders(Pretraining, isFresh);
        Session.BeginRound();
    }

    public void SetWeights(int run, int first, int count, ReadOnlySpan<float> weights)
    {
        if (!TrainsItself) Session.SetImportanceWeights(ReplicaOf(run, first), count, weights);
    }

    public virtual void Train(int round, CancellationToken cancellationToken)
    {
        if (round == 0 && IsScoredFirst) return;
        Session.Train(new EpochRange(round, 0, Family.Epochs), _progress.EpochDone, cancellationToken);
        Trained = Session;
    }

    public void Score() => Scored.Score();

    public void Score(int samples, MemberScoreReader read)
    {
        int[] active = [.. Active];
        Scored.Score(active, samples, (replica, scores) => read(replica / Family.Members, replica % Family.Members, scores));
    }

    public void ReadScores(int run, int member, Span<float> scores) => Scored.ReadScores(ReplicaOf(run, member), scores);

    public MemberFailure? Failure(int run)
    {
        if (Trained is null) return null;
        for (int member = 0; member < Family.Members; member++)
        {
            if (Trained.Outcome(ReplicaOf(run, member)).FailedEpoch is { } epoch)
                return new MemberFailure(member, epoch, Trained == Session ? "the loss" : "the pretraining loss");
        }

        return null;
    }

    public virtual double Loss(int run, int member) => Trained is null ? double.NaN : Session.Outcome(ReplicaOf(run, member)).Loss;

    public void Freeze(int run)
    {
        _isFrozen[run] = true;
        foreach (int replica in ReplicasOf(run)) Session.Deactivate(replica);
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
        !TrainsItself && _device is IRoundDevice device && spec.FitsDevice
            ? device.CreateRounds(Session, spec)
            : new HostRounds(this, spec);

    public virtual void Dispose()
    {
        Pretraining?.Dispose();
        Session.Dispose();
    }

    /// <summary>The replicas of all runs that are not frozen.</summary>
    private protected IEnumerable<int> Active =>
        Enumerable.Range(0, _isFrozen.Length).Where(run => !_isFrozen[run]).SelectMany(ReplicasOf);

    // Members that train on labels of their own making have unit weights, pretraining once, and the work between rounds on the host.
    private bool TrainsItself => Family.Plan.Model.SelfTraining is not null;

    private protected bool IsFresh(int round) => round == 0 || Between == BetweenRounds.Reinitialize;

    private protected int ReplicaOf(int run, int member) => (run * Family.Members) + member;

    private IEnumerable<int> ReplicasOf(int run) => Enumerable.Range(run * Family.Members, Family.Members);

    private ReplicaState[] NewStates() => [.. Enumerable.Range(0, Family.Members).Select(_ => new ReplicaState(Family.Plan.Training))];

    private void Export(int run, ReplicaState[] states)
    {
        for (int member = 0; member < states.Length; member++) Session.Export(ReplicaOf(run, member), states[member]);
    }

    private void GoOnFrom(IReadOnlyList<StartingNetwork> start)
    {
        if (start.Any(network => network.State is null))
        {
            Session.Initialize(0);
            Session.BeginRound();
        }

        foreach (int replica in Active)
        {
            if (start[replica % Family.Members].State is { } state) Session.Import(replica, state);
        }
    }

    /// <summary>Puts pretrained encoders into networks that are fresh otherwise.</summary>
    private void TakeOverEncoders(ISession pretraining, bool areNew)
    {
        var autoencoder = new ReplicaState(Family.Plan.Pretraining!);
        foreach (int replica in Active)
        {
            ReplicaState state = _pretrained[replica] ??= new ReplicaState(Family.Plan.Training);
            if (areNew)
            {
                Session.Export(replica, state);
                pretraining.Export(replica, autoencoder);
                Family.Plan.CopyShared(autoencoder, state);
            }

            Session.Import(replica, state);
        }
    }
}
