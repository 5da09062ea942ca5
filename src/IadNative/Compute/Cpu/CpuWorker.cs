using IadNative.Compute.Cpu.Lanes;
using IadNative.Random;

namespace IadNative.Compute.Cpu;

/// <summary>What a thread, or a team of them, needs to advance any replica of a session.</summary>
internal sealed class CpuWorker<T> : IDisposable
    where T : struct, ILanes<T>
{
    private readonly SessionSpec _spec;
    private readonly ThreadTeam _team;
    private readonly CpuTrainingStep<T> _step;
    private readonly DataScorer<T> _scorer;
    private readonly RoundStartStep[] _roundStart;
    private readonly Permutation _permutation;
    private readonly BatchSchedule _schedule;
    private readonly int[] _order;
    private float[]? _scores;

    /// <summary>Compiles a plan and allocates all memory; the team is disposed with it.</summary>
    /// <exception cref="NotSupportedException">An operation is unknown or has no sense where it stands.</exception>
    public CpuWorker(Plan plan, SessionSpec spec, ThreadTeam team)
    {
        int rows = spec.Replicas[0].Rows.Length;
        _spec = spec;
        _team = team;
        _schedule = new BatchSchedule(rows, spec.BatchSize);
        _step = new CpuTrainingStep<T>(plan, spec, _schedule.LargestBatch, team);
        _scorer = new DataScorer<T>(plan, spec, team);
        _roundStart = [.. plan.RoundStart.Select(operation => OperationRegistry.Find<T>(operation)?.AtRoundStart(plan, _scorer)
            ?? throw OperationRegistry.Refusal(operation, "at the start of a round"))];
        _permutation = new Permutation(rows);
        _order = new int[rows];
    }

    /// <summary>Trains a replica through a range of epochs, unless its loss is not finite before they end.</summary>
    public void Train(CpuReplica replica, EpochRange epochs, Action? epochDone, CancellationToken cancellationToken)
    {
        replica.Outcome = default;
        for (int epoch = epochs.First; epoch < epochs.First + epochs.Count; epoch++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            double loss = TrainEpoch(replica, epochs.Round, epoch);
            epochDone?.Invoke();
            bool failed = !double.IsFinite(loss);
            replica.Outcome = new TrainingOutcome(loss, failed ? epoch : null);
            if (failed) return;
        }
    }

    /// <summary>Scores all rows of the data.</summary>
    public void Score(CpuReplica replica) => _scorer.Score(replica, replica.Scores);

    /// <summary>Scores all rows of the data, to be read before the next are.</summary>
    /// <returns>n scores.</returns>
    public ReadOnlySpan<float> ScoreToRead(CpuReplica replica)
    {
        _scores ??= new float[_spec.Samples];
        _scorer.Score(replica, _scores);
        return _scores;
    }

    /// <summary>Sets a replica's state as the beginning of a round in the plan says.</summary>
    public void BeginRound(CpuReplica replica)
    {
        foreach (RoundStartStep step in _roundStart) step.Run(replica);
    }

    /// <inheritdoc/>
    public void Dispose() => _team.Dispose();

    private double TrainEpoch(CpuReplica replica, int round, int epoch)
    {
        int[] rows = replica.Spec.Rows;
        var sequence = new RandomSequence(replica.Spec.Key, _spec.Shuffle, replica.Spec.Member, round, epoch);
        ReadOnlySpan<int> permutation = _permutation.Draw(sequence);
        for (int i = 0; i < permutation.Length; i++) _order[i] = rows[permutation[i]];

        double loss = 0;
        for (int batch = 0; batch < _schedule.Count; batch++)
        {
            ReadOnlySpan<int> samples = _order.AsSpan(_schedule.Start(batch), _schedule.Length(batch));
            loss += _step.Run(replica, samples, epoch);
        }

        _step.EndEpoch();
        return loss / rows.Length;
    }
}
