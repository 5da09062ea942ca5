using IadNative.Compute;
using IadNative.Metrics;

namespace IadNative.Iad;

/// <summary>
/// One run of Algorithm 1 from the outside of its networks: scores come in after each round, importance weights go out; it
/// keeps ranks, reports and the networks of the round that the termination criterion selects.
/// </summary>
internal sealed class IadRun
{
    private readonly TrainingOptions _options;
    private readonly LossKind _loss;
    private readonly bool[]? _labels;
    private readonly List<RoundReport> _rounds = [];
    private readonly float[][] _memberScores;
    private readonly float[] _scores;
    private readonly double[] _medians;
    private readonly int[] _order;
    private int[] _ranks, _previousRanks;
    private ReplicaState[] _incoming;
    private bool _degenerate;

    /// <summary>A run over n samples.</summary>
    /// <param name="index">Its number; replicas index·members … are its networks.</param>
    /// <param name="plan">The plan of its networks.</param>
    /// <param name="options">How the job trains.</param>
    /// <param name="samples">n.</param>
    /// <param name="labels">True for anomalies, when both kinds are known; used for reports only.</param>
    public IadRun(int index, Plan plan, TrainingOptions options, int samples, bool[]? labels)
    {
        int members = options.Ensemble;
        Seed = unchecked(options.Seed + (ulong)index);
        FirstReplica = index * members;
        _options = options;
        _loss = plan.Loss;
        _labels = labels;
        _memberScores = [.. Enumerable.Range(0, members).Select(_ => new float[samples])];
        _scores = new float[samples];
        _medians = new double[members];
        _order = new int[samples];
        _ranks = new int[samples];
        _previousRanks = new int[samples];
        Weights = new float[samples];
        Array.Fill(Weights, 1f);
        Kept = [.. Enumerable.Range(0, members).Select(_ => new ReplicaState(plan))];
        _incoming = [.. Enumerable.Range(0, members).Select(_ => new ReplicaState(plan))];
        KeptMedians = new double[members];
    }

    public ulong Seed { get; }

    public int FirstReplica { get; }

    /// <summary>The importance weights of the coming round.</summary>
    public float[] Weights { get; }

    /// <summary>The networks of the selected round, one per member.</summary>
    public ReplicaState[] Kept { get; private set; }

    /// <summary>The members' median scores in the selected round.</summary>
    public double[] KeptMedians { get; }

    public double? UntrainedAuc { get; private set; }

    public Alarm? Failure { get; private set; }

    public IReadOnlyList<RoundReport> Rounds => _rounds;

    public int SelectedRound => RoundSelection.Select(_options.Termination, _rounds);

    public RunReport Report => new()
    {
        Seed = Seed,
        UntrainedAuc = UntrainedAuc,
        Rounds = _rounds,
        SelectedRound = SelectedRound,
        SelectedBy = _rounds.Count == 0
            ? new Dictionary<string, int>()
            : RoundSelection.Recorded.ToDictionary(criterion => criterion.ToString(), criterion => RoundSelection.Select(criterion, _rounds)),
        Frozen = Failure?.Kind == AlarmKind.Frozen,
    };

    /// <summary>Takes the scores of the untrained networks.</summary>
    public void TakeUntrained(ISession session)
    {
        if (_labels is null || !TryCombine(session, out _)) return;
        Ranking.Order(_scores, _order);
        UntrainedAuc = RocAuc.Compute(_scores, _labels, _order);
    }

    /// <summary>Freezes the run when the loss of one of its networks was not finite in pretraining.</summary>
    public void TakePretraining(ISession pretraining, ISession session, int round)
    {
        if (HasFailed(pretraining, out int? epoch, out int failed))
            Freeze(session, round, epoch, $"the pretraining loss of {Name(failed)} is not finite");
    }

    /// <summary>
    /// Takes the scores of a finished round: reports on it, keeps its networks if it is the selected one so far, and sets the
    /// weights of the next. A loss or score that is not finite freezes the run instead.
    /// </summary>
    public void TakeRound(ISession session, int round, double seconds)
    {
        if (HasFailed(session, out int? epoch, out int failed))
        {
            Freeze(session, round, epoch, $"the loss of {Name(failed)} is not finite");
            return;
        }

        if (!TryCombine(session, out string? trouble))
        {
            Freeze(session, round, null, trouble);
            return;
        }

        Ranking.Order(_scores, _order);
        Ranking.Ranks(_order, _ranks);
        ScoreStatistics statistics = ScoreStatistics.Of(_scores, _order);
        _rounds.Add(Describe(session, round, seconds, statistics));
        (_ranks, _previousRanks) = (_previousRanks, _ranks);
        if (SelectedRound == round) Keep(session);
        _degenerate = !(_options.WeightByDensity
            ? ImportanceWeights.UpdateByDensity(_scores, _order, statistics, _options.InverseTau, Weights)
            : ImportanceWeights.Update(_scores, statistics, _options.InverseTau, Weights));
    }

    /// <summary>Ends the run in its first unfinished round, where the device stopped working; what was kept stays.</summary>
    public void StopForDevice(string reason) => Stop(AlarmKind.DeviceFailed, _rounds.Count, null, reason);

    private bool HasFailed(ISession session, out int? epoch, out int member)
    {
        epoch = null;
        for (member = 0; member < _memberScores.Length; member++)
        {
            epoch = session.Outcome(FirstReplica + member).FailedEpoch;
            if (epoch is not null) return true;
        }

        return false;
    }

    /// <summary>Reads the members' scores and averages them.</summary>
    private bool TryCombine(ISession session, out string? trouble)
    {
        int members = _memberScores.Length;
        for (int member = 0; member < members; member++)
        {
            float[] scores = _memberScores[member];
            session.ReadScores(FirstReplica + member, scores);
            trouble = $"a score of {Name(member)} is not finite";
            if (!Array.TrueForAll(scores, float.IsFinite)) return false;
            if (members == 1)
            {
                scores.CopyTo(_scores, 0);
                continue;
            }

            Ranking.Order(scores, _order);
            _medians[member] = ScoreStatistics.Of(scores, _order).Median;
            trouble = $"the median score of {Name(member)} is zero, so it cannot be averaged with the others";
            if (_medians[member] == 0 && !MemberScores.Subtracts(_loss)) return false;
        }

        trouble = "an averaged score is not finite";
        if (members == 1) return true;
        Span<float> column = stackalloc float[members];
        for (int i = 0; i < _scores.Length; i++)
        {
            for (int member = 0; member < members; member++) column[member] = _memberScores[member][i];
            _scores[i] = MemberScores.Combine(column, _medians, _loss);
        }

        return Array.TrueForAll(_scores, float.IsFinite);
    }

    private RoundReport Describe(ISession session, int round, double seconds, ScoreStatistics statistics)
    {
        var sorted = new float[_scores.Length];
        for (int i = 0; i < sorted.Length; i++) sorted[i] = _scores[_order[i]];
        Otsu.Threshold(sorted, out double otsuRatio);
        int distinct = Ranking.DistinctScores(_scores, _order);
        (double? normal, double? anomaly) = MeanWeightsByLabel();
        return new RoundReport
        {
            Round = round,
            RankFlips = round == 0 ? null : RankFlips.Count(_previousRanks, _ranks),
            ScoreMin = statistics.Min,
            ScoreMedian = statistics.Median,
            ScoreMax = statistics.Max,
            DistinctScores = distinct,
            OtsuRatio = otsuRatio,
            WeightMean = MeanWeight(),
            WeightMedian = MedianWeight(),
            NormalWeightMean = normal,
            AnomalyWeightMean = anomaly,
            Auc = _labels is null ? null : RocAuc.Compute(_scores, _labels, _order),
            Loss = Enumerable.Range(0, _memberScores.Length).Average(member => session.Outcome(FirstReplica + member).Loss),
            DegenerateWeights = _degenerate,
            Collapsed = CollapseAlarm.IsCollapsed(statistics, distinct, _scores.Length),
            Seconds = seconds,
        };
    }

    private double MeanWeight()
    {
        double sum = 0;
        foreach (float weight in Weights) sum += weight;
        return sum / Weights.Length;
    }

    private double MedianWeight()
    {
        var sorted = (float[])Weights.Clone();
        Array.Sort(sorted);
        return Quantiles.Linear(sorted, 0.5);
    }

    private (double? Normal, double? Anomaly) MeanWeightsByLabel()
    {
        if (_labels is null) return (null, null);
        double normal = 0, anomaly = 0;
        int anomalies = 0;
        for (int i = 0; i < _labels.Length; i++)
        {
            if (_labels[i])
            {
                anomaly += Weights[i];
                anomalies++;
            }
            else
            {
                normal += Weights[i];
            }
        }

        return (normal / (_labels.Length - anomalies), anomaly / anomalies);
    }

    /// <summary>
    /// Copies the networks out of the device; where it fails half-way, those kept so far stay and the round does not count.
    /// </summary>
    private void Keep(ISession session)
    {
        try
        {
            for (int member = 0; member < Kept.Length; member++) session.Export(FirstReplica + member, _incoming[member]);
        }
        catch (DeviceFailedException)
        {
            _rounds.RemoveAt(_rounds.Count - 1);
            throw;
        }

        (Kept, _incoming) = (_incoming, Kept);
        _medians.CopyTo(KeptMedians, 0);
    }

    private void Freeze(ISession session, int round, int? epoch, string? reason)
    {
        for (int member = 0; member < Kept.Length; member++) session.Deactivate(FirstReplica + member);
        Stop(AlarmKind.Frozen, round, epoch, reason);
    }

    private void Stop(AlarmKind kind, int round, int? epoch, string? reason)
    {
        string kept = _rounds.Count == 0 ? "it has no result" : $"it keeps round {SelectedRound}";
        string when = epoch is null ? $"round {round}" : $"round {round}, epoch {epoch}";
        Failure = new Alarm(kind, Seed, round, epoch, $"Run with seed {Seed} stopped in {when}: {reason}; {kept}.");
    }

    private string Name(int member) => _memberScores.Length == 1 ? "the network" : $"member {member}";
}
