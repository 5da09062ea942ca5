using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Operations;
using IadNative.Random;

namespace IadNative.Compute.Cpu;

/// <summary>What a thread, or a team of them, needs to advance any replica of a session.</summary>
internal sealed class CpuWorker<T> : ITeamWork, IDisposable
    where T : struct, ILanes<T>
{
    private const int Scoring = 0, Centering = 1;

    // Rows whose outputs are summed before the sums are: the center does not depend on who sums them.
    private const int CenterRows = 1024;

    private readonly Plan _plan;
    private readonly SessionSpec _spec;
    private readonly ThreadTeam _team;
    private readonly CpuTrainingStep<T> _step;
    private readonly CpuScorer<T>[] _scorers;
    private readonly FoldedNetwork _folded;
    private readonly Permutation _permutation;
    private readonly BatchSchedule _schedule;
    private readonly int[] _order;
    private readonly double[][] _centerSums;
    private CpuReplica _replica = null!;

    /// <summary>Allocates all memory; the team is disposed with it.</summary>
    public CpuWorker(Plan plan, SessionSpec spec, ThreadTeam team)
    {
        int rows = spec.Replicas[0].Rows.Length;
        _plan = plan;
        _spec = spec;
        _team = team;
        _schedule = new BatchSchedule(rows, spec.BatchSize);
        _step = new CpuTrainingStep<T>(plan, spec, _schedule.LargestBatch, team);
        _scorers = [.. Enumerable.Range(0, team.Size).Select(_ => new CpuScorer<T>(plan))];
        _folded = _scorers[0].CreateNetwork(spec.Scaler);
        _permutation = new Permutation(rows);
        _order = new int[rows];
        _centerSums = [.. Enumerable.Range(0, (rows + CenterRows - 1) / CenterRows).Select(_ => new double[plan.Output.Width])];
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
    public void Score(CpuReplica replica)
    {
        Fold(replica);
        int rows = replica.Scores.Length;
        _team.Share(this, Scoring, rows, CpuScorer.BlockRows, (long)_plan.Parameters.Length * rows);
    }

    /// <summary>Sets a replica's state as the beginning of a round in the plan says.</summary>
    public void BeginRound(CpuReplica replica)
    {
        foreach (PlanOperation operation in _plan.RoundStart)
        {
            if (operation is not MeanOutput mean || mean.Output != _plan.Output)
                throw new NotSupportedException($"The CPU engine cannot begin a round with {operation.GetType().Name} here.");
            PlaceAtMean(mean, replica);
        }
    }

    /// <inheritdoc/>
    public void Part(int phase, int first, int end, int member)
    {
        if (phase == Scoring)
        {
            _scorers[member].Score(
                _folded, _spec.Data.AsSpan(first * _plan.Features, (end - first) * _plan.Features),
                _replica.Scores.AsSpan(first, end - first));
            return;
        }

        for (int chunk = first; chunk < end; chunk++)
        {
            int[] rows = _replica.Spec.Rows;
            int start = chunk * CenterRows;
            Array.Clear(_centerSums[chunk]);
            _scorers[member].AddOutputs(
                _folded, _spec.Data, rows.AsSpan(start, Math.Min(CenterRows, rows.Length - start)), _centerSums[chunk]);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _team.Dispose();

    private void PlaceAtMean(MeanOutput operation, CpuReplica replica)
    {
        Fold(replica);
        int rows = replica.Spec.Rows.Length;
        _team.Share(this, Centering, _centerSums.Length, 1, (long)_plan.Parameters.Length * rows);
        Span<float> mean = replica.State.Span.Slice(operation.Mean.Offset, operation.Mean.Length);
        for (int j = 0; j < mean.Length; j++)
        {
            double sum = 0;
            foreach (double[] sums in _centerSums) sum += sums[j];
            mean[j] = MeanOutput.KeepAwayFromZero((float)(sum / rows));
        }
    }

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

    private void Fold(CpuReplica replica)
    {
        _replica = replica;
        _folded.Fold(replica.Parameters.Span, replica.Statistics.Span, replica.State.Span);
    }
}
