using System.Diagnostics;
using IadNative.Compute;
using IadNative.Data;
using IadNative.Networks;
using IadNative.Random;

namespace IadNative.Iad;

/// <summary>
/// Algorithm 1 for all runs of a job side by side: T + 1 trainings, after each of which scores become the importance weights
/// of the next. Round 0 has all weights 1 and is the base model.
/// </summary>
internal sealed class IadTrainer
{
    private const int LastWarmUpEpoch = 10;

    private readonly IDevice _device;
    private readonly ModelPlan _plan;
    private readonly Dataset _data;
    private readonly TrainingOptions _options;
    private readonly FeatureScaler _scaler;
    private readonly ReplicaSpec[] _replicas;
    private readonly IadRun[] _runs;
    private readonly ReplicaState[] _initial;
    private readonly ProgressMeter _progress;

    /// <summary>A job on a data set.</summary>
    /// <exception cref="ArgumentException">There are too few samples.</exception>
    public IadTrainer(
        IDevice device, ModelPlan plan, Dataset data, FeatureScaler scaler, TrainingOptions options,
        IProgress<TrainingProgress>? progress)
    {
        int fewest = options.Ensemble == 1 ? 2 : 3;
        if (data.Rows < fewest)
            throw new ArgumentException($"{data.Name} has {data.Rows} samples; at least {fewest} are needed.", nameof(data));
        _device = device;
        _plan = plan;
        _data = data;
        _options = options;
        _scaler = scaler;
        bool[]? labels = data.Anomalies > 0 && data.Anomalies < data.Rows ? data.Labels : null;
        _runs = [.. Enumerable.Range(0, options.Seeds)
            .Select(index => new IadRun(index, plan.Training, options, data.Rows, labels))];
        _replicas = [.. _runs.SelectMany(run => Enumerable.Range(0, options.Ensemble), (run, member) =>
            new ReplicaSpec(run.Seed, member, MemberRows.Draw(run.Seed, member, options.Ensemble, data.Rows)))];
        _initial = new ReplicaState[_replicas.Length];
        int pretrainings = options.PretrainEpochs == 0 ? 0 : options.Between == BetweenRounds.Reinitialize ? options.Rounds + 1 : 1;
        long epochs = ((long)(options.Rounds + 1) * Epochs) + ((long)pretrainings * options.PretrainEpochs);
        _progress = new ProgressMeter(progress, options.Rounds, epochs * _replicas.Length);
    }

    /// <summary>Trains all rounds of all runs.</summary>
    /// <exception cref="TrainingFailedException">Every run froze in round 0.</exception>
    /// <exception cref="DeviceFailedException">The device failed before any run had finished round 0.</exception>
    /// <exception cref="OperationCanceledException">Training was cancelled.</exception>
    public IReadOnlyList<IadRun> Train(CancellationToken cancellationToken)
    {
        using ISession session = _device.CreateSession(_plan.Training, Spec(RandomPurpose.Shuffle));
        using ISession? pretraining = _options.PretrainEpochs > 0
            ? _device.CreateSession(_plan.Pretraining!, Spec(RandomPurpose.PretrainShuffle))
            : null;
        for (int round = 0; round <= _options.Rounds && Active.Any(); round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                TrainRound(session, pretraining, round, cancellationToken);
            }
            catch (DeviceFailedException failure) when (_runs.Any(run => run.Rounds.Count > 0))
            {
                // A run that had its last round before the device failed is complete.
                foreach (IadRun run in Active.Where(run => run.Rounds.Count <= _options.Rounds).ToArray())
                    run.StopForDevice(failure.Message);
            }
        }

        if (_runs.All(run => run.Rounds.Count == 0))
        {
            Alarm[] alarms = [.. _runs.Select(run => run.Failure!)];
            throw new TrainingFailedException(
                $"Training failed in its first round for every seed. {alarms[0].Message} Try a smaller learning rate, or look for extreme values in the data.",
                alarms);
        }

        return _runs;
    }

    private int Epochs => _options.Epochs ?? throw new InvalidOperationException("The epochs per round are not set.");

    private IEnumerable<IadRun> Active => _runs.Where(run => run.Failure is null);

    private SessionSpec Spec(RandomPurpose shuffle) => new()
    {
        Data = _data.Values,
        Scaler = _scaler,
        Replicas = _replicas,
        BatchSize = _options.BatchSize,
        LearningRate = _options.LearningRate,
        WeightDecay = _options.WeightDecay,
        Nu = _options.Nu,
        Shuffle = shuffle,
    };

    private void TrainRound(ISession session, ISession? pretraining, int round, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        _progress.BeginRound(round);
        if (round == 0 || _options.Between != BetweenRounds.Warm) Prepare(session, pretraining, round, cancellationToken);
        if (round == 0)
        {
            session.Score();
            foreach (IadRun run in Active) run.TakeUntrained(session);
        }

        foreach (IadRun run in Active)
        {
            for (int member = 0; member < _options.Ensemble; member++)
                session.SetImportanceWeights(run.FirstReplica + member, run.Weights);
        }

        int radiusFrom = Math.Min(LastWarmUpEpoch, Epochs / 2);
        session.Train(new EpochRange(round, 0, Epochs, radiusFrom), _progress.EpochDone, cancellationToken);
        session.Score();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        IadRun[] active = [.. Active];
        foreach (IadRun run in active) run.TakeRound(session, round, seconds);
        _progress.EndRound(active.Where(run => run.Failure is null).ToDictionary(run => run.Seed, run => run.Rounds[round]));
    }

    /// <summary>Gives every active replica the state that the round starts from.</summary>
    private void Prepare(ISession session, ISession? pretraining, int round, CancellationToken cancellationToken)
    {
        if (round == 0 || _options.Between == BetweenRounds.Reinitialize)
        {
            foreach (int replica in ActiveReplicas) _initial[replica] = Fresh(_plan.Training, replica, round);
            if (pretraining is not null) Pretrain(pretraining, session, round, cancellationToken);
        }

        foreach (int replica in ActiveReplicas) session.Import(replica, _initial[replica]);
        if (_plan.Training.HasCenter) session.PlaceCenters();
    }

    /// <summary>Trains autoencoders with unit weights and takes over their encoders.</summary>
    private void Pretrain(ISession pretraining, ISession session, int round, CancellationToken cancellationToken)
    {
        foreach (IadRun run in _runs.Where(run => run.Failure is not null))
        {
            for (int member = 0; member < _options.Ensemble; member++) pretraining.Deactivate(run.FirstReplica + member);
        }

        foreach (int replica in ActiveReplicas) pretraining.Import(replica, Fresh(_plan.Pretraining!, replica, round));
        pretraining.Train(new EpochRange(round, 0, _options.PretrainEpochs), _progress.EpochDone, cancellationToken);
        foreach (IadRun run in Active) run.TakePretraining(pretraining, session, round);
        var pretrained = new ReplicaState(_plan.Pretraining!);
        foreach (int replica in ActiveReplicas)
        {
            pretraining.Export(replica, pretrained);
            _plan.CopyEncoder(pretrained, _initial[replica]);
        }
    }

    private IEnumerable<int> ActiveReplicas =>
        Active.SelectMany(run => Enumerable.Range(run.FirstReplica, _options.Ensemble));

    private ReplicaState Fresh(Plan plan, int replica, int round) =>
        NetworkInitializer.Fresh(plan, _replicas[replica].Key, _replicas[replica].Member, round);
}
