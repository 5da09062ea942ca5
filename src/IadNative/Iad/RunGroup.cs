using System.Diagnostics;
using IadNative.Compute;

namespace IadNative.Iad;

/// <summary>Runs that train side by side: their session on the device, and Algorithm 1 on it.</summary>
internal sealed class RunGroup : IDisposable
{
    private readonly TrainingJob _job;
    private readonly IadRun[] _runs;
    private readonly ReplicaState?[] _pretrained;
    private readonly ISession _session;
    private readonly ISession? _pretraining;
    private readonly IRounds _rounds;

    /// <summary>Creates the sessions of some runs.</summary>
    /// <exception cref="DeviceFailedException">The device has not enough memory, or stopped working.</exception>
    public RunGroup(TrainingJob job, IadRun[] runs)
    {
        (_job, _runs) = (job, runs);
        ReplicaSpec[] replicas = [.. runs.SelectMany(job.Replicas)];
        _pretrained = new ReplicaState?[replicas.Length];
        try
        {
            (Plan Plan, SessionSpec Spec)[] sessions = job.Sessions(replicas);
            _session = job.Device.CreateSession(sessions[0].Plan, sessions[0].Spec);
            if (sessions.Length > 1) _pretraining = job.Device.CreateSession(sessions[1].Plan, sessions[1].Spec);
            RoundSpec rounds = job.Rounds(runs.Length);
            _rounds = job.Device is IRoundDevice device ? device.CreateRounds(_session, rounds) : new HostRounds(_session, rounds);
        }
        catch
        {
            _pretraining?.Dispose();
            _session?.Dispose();
            throw;
        }
    }

    /// <summary>How many runs may train side by side: all, or as many as the device has room for, but at least one.</summary>
    /// <param name="job">The job.</param>
    /// <param name="example">Any of the runs: all need the same memory.</param>
    /// <param name="runs">Their number.</param>
    /// <exception cref="DeviceFailedException">The device stopped working.</exception>
    public static int Most(TrainingJob job, IadRun example, int runs)
    {
        if (runs == 1 || job.Device is not IRoundDevice device) return runs;
        ReplicaSpec[] replicas = [.. job.Replicas(example)];
        if (HasRoom(runs)) return runs;
        int room = 1, tooMany = runs;
        while (tooMany - room > 1)
        {
            int middle = (room + tooMany) / 2;
            if (HasRoom(middle)) room = middle;
            else tooMany = middle;
        }

        return room;

        bool HasRoom(int count) => device.HasRoom(
            job.Sessions([.. Enumerable.Repeat(replicas, count).SelectMany(own => own)]), job.Rounds(count));
    }

    /// <summary>Trains all rounds; a run that cannot go on is frozen and left out.</summary>
    public void Train(CancellationToken cancellationToken)
    {
        for (int round = 0; round <= Options.Rounds && Active.Any(); round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            TrainRound(round, cancellationToken);
        }

        foreach (int run in WithResult) _runs[run].Kept = _rounds.Kept(run);
        if (WithResult.Any()) _runs[WithResult.First()].KeptScores = _rounds.KeptScores(WithResult.First());
    }

    public void Dispose()
    {
        _rounds.Dispose();
        _pretraining?.Dispose();
        _session.Dispose();
    }

    private TrainingOptions Options => _job.Options;

    private IEnumerable<int> Active => Enumerable.Range(0, _runs.Length).Where(run => _runs[run].Failure is null);

    private IEnumerable<int> WithResult => Enumerable.Range(0, _runs.Length).Where(run => _runs[run].Rounds.Count > 0);

    private IEnumerable<int> ActiveReplicas => Active.SelectMany(ReplicasOf);

    private IEnumerable<int> ReplicasOf(int run) => Enumerable.Range(run * Options.Ensemble, Options.Ensemble);

    private void TrainRound(int round, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        _job.Progress.BeginRound(round);
        if (round == 0 || Options.Between != BetweenRounds.Warm) Prepare(round, cancellationToken);
        if (!Active.Any()) return;
        if (round == 0) TakeUntrained();

        _rounds.SetWeights();
        _session.Train(new EpochRange(round, 0, _job.Epochs), _job.Progress.EpochDone, cancellationToken);
        _session.Score();
        FreezeWhereLossFailed(_session, "the loss");
        TakeRound(round, start);
    }

    private void TakeUntrained()
    {
        _session.Score();
        double?[] aucs = _rounds.TakeUntrained();
        foreach (int run in Active) _runs[run].UntrainedAuc = aucs[run];
    }

    /// <summary>Everything that may fail on the device comes before the first report, so that a round counts for all runs or none.</summary>
    private void TakeRound(int round, long start)
    {
        RoundResult[] results = _rounds.Take();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        int[] sound = [.. Active.Where(run => results[run].Trouble is null)];
        double[] losses = [.. sound.Select(run => ReplicasOf(run).Average(replica => _session.Outcome(replica).Loss))];

        bool[] areKept = [.. Enumerable.Range(0, _runs.Length).Select(run => sound.Contains(run) && _runs[run].Picks(results[run]))];
        if (areKept.Contains(true)) _rounds.Keep(areKept);

        // The networks of the run that becomes the detector leave the device when they are the best so far: it may fail later.
        int first = WithResult.Concat(sound).FirstOrDefault();
        if (areKept[first]) _runs[first].Kept = _rounds.Kept(first);

        if (_job.Observer is { } observer) Show(observer, round, sound);

        foreach (int run in Active.Except(sound).ToArray()) Freeze(run, null, results[run].Trouble!);
        for (int i = 0; i < sound.Length; i++) _runs[sound[i]].Add(results[sound[i]], losses[i], seconds);
        _job.Progress.EndRound(sound.ToDictionary(run => _runs[run].Seed, run => _runs[run].Rounds[round]));
    }

    private void Show(RoundObserver observer, int round, int[] runs)
    {
        foreach (int run in runs)
        {
            ReplicaState[] networks = [.. ReplicasOf(run).Select(_ => new ReplicaState(_job.Plan.Training))];
            for (int member = 0; member < networks.Length; member++)
                _session.Export((run * Options.Ensemble) + member, networks[member]);
            observer(_runs[run].Seed, round, networks);
        }
    }

    /// <summary>Gives every active replica the state that the round starts from.</summary>
    private void Prepare(int round, CancellationToken cancellationToken)
    {
        bool isFresh = round == 0 || Options.Between == BetweenRounds.Reinitialize;
        if (isFresh && _pretraining is not null) Pretrain(_pretraining, round, cancellationToken);
        if (isFresh || _pretraining is null) _session.Initialize(isFresh ? round : 0);
        if (_pretraining is not null) TakeOverEncoders(_pretraining, isFresh);
        _session.BeginRound();
    }

    /// <summary>Trains autoencoders with unit weights.</summary>
    private void Pretrain(ISession pretraining, int round, CancellationToken cancellationToken)
    {
        foreach (int run in Enumerable.Range(0, _runs.Length).Except(Active))
        {
            foreach (int replica in ReplicasOf(run)) pretraining.Deactivate(replica);
        }

        pretraining.Initialize(round);
        pretraining.Train(new EpochRange(round, 0, _job.Plan.PretrainEpochs), _job.Progress.EpochDone, cancellationToken);
        FreezeWhereLossFailed(pretraining, "the pretraining loss");
    }

    /// <summary>Puts pretrained encoders into networks that are fresh otherwise.</summary>
    private void TakeOverEncoders(ISession pretraining, bool areNew)
    {
        var autoencoder = new ReplicaState(_job.Plan.Pretraining!);
        foreach (int replica in ActiveReplicas)
        {
            ReplicaState state = _pretrained[replica] ??= new ReplicaState(_job.Plan.Training);
            if (areNew)
            {
                _session.Export(replica, state);
                pretraining.Export(replica, autoencoder);
                _job.Plan.CopyEncoder(autoencoder, state);
            }

            _session.Import(replica, state);
        }
    }

    private void FreezeWhereLossFailed(ISession session, string what)
    {
        foreach (int run in Active.ToArray())
        {
            foreach (int replica in ReplicasOf(run))
            {
                if (session.Outcome(replica).FailedEpoch is not { } epoch) continue;
                string name = MemberScores.Name(replica % Options.Ensemble, Options.Ensemble);
                Freeze(run, epoch, $"{what} of {name} is not finite");
                break;
            }
        }
    }

    private void Freeze(int run, int? epoch, string reason)
    {
        foreach (int replica in ReplicasOf(run)) _session.Deactivate(replica);
        _rounds.Freeze(run);
        _runs[run].Freeze(epoch, reason);
    }
}
