namespace IadNative.Iad;

/// <summary>One run of Algorithm 1 as it is reported on: what came of its rounds, which one is selected, and its networks.</summary>
/// <param name="index">Its number within the job.</param>
/// <param name="loop">The loop that it is a run of.</param>
internal sealed class IadRun(int index, LoopSpec loop)
{
    private readonly List<RoundReport> _rounds = [];
    private readonly RoundSelection _selection = new(loop.Termination);
    private WeightStatistics _weights = WeightStatistics.Ones(loop.Between.Labels);

    public ulong Seed { get; } = unchecked(loop.Seed + (ulong)index);

    /// <summary>
    /// The networks of the selected round; null before there is one, and, for all runs but the first that has one, before all
    /// rounds are over.
    /// </summary>
    public KeptNetworks? Kept { get; set; }

    /// <summary>
    /// The n training scores of the selected round, as the device computed them: of the first run of a group that has one, once
    /// all rounds are over; null otherwise.
    /// </summary>
    public float[]? KeptScores { get; set; }

    /// <summary>The n scores of its untrained networks: of the first run of a group; null otherwise, and where one is not finite.</summary>
    public float[]? UntrainedScores { get; set; }

    public double? UntrainedAuc { get; set; }

    public Alarm? Failure { get; private set; }

    public IReadOnlyList<RoundReport> Rounds => _rounds;

    public bool IsFinished => _rounds.Count == loop.Rounds + 1;

    public int SelectedRound => _selection.Round;

    /// <summary>The rounds that are kept, ascending.</summary>
    public IReadOnlyList<int> KeptRounds => _selection.Rounds;

    /// <summary>AUC of the averaged scores of several kept rounds; null where one is kept, or without labels.</summary>
    public double? AverageAuc { get; set; }

    public RunReport Report => new()
    {
        Seed = Seed,
        UntrainedAuc = UntrainedAuc,
        Rounds = _rounds,
        SelectedRound = SelectedRound,
        KeptRounds = [.. KeptRounds],
        AverageAuc = AverageAuc,
        SelectedBy = _rounds.Count == 0
            ? new Dictionary<string, int>()
            : RoundSelection.Recorded.ToDictionary(criterion => criterion.ToString(), criterion => RoundSelection.Select(criterion, _rounds)),
        Frozen = Failure?.Kind == AlarmKind.Frozen,
    };

    /// <summary>Whether the next round becomes the selected one.</summary>
    /// <param name="result">What its scores led to.</param>
    public bool Picks(RoundResult result) => _selection.Picks(result.Facts(_rounds.Count));

    /// <summary>Adds the report of the next round.</summary>
    /// <param name="result">What its scores led to.</param>
    /// <param name="loss">Mean weighted loss per sample over its last epoch, averaged over the members.</param>
    /// <param name="seconds">Wall-clock seconds that it took.</param>
    public void Add(RoundResult result, double loss, double seconds)
    {
        _selection.Add(result.Facts(_rounds.Count));
        _rounds.Add(new RoundReport
        {
            Round = _rounds.Count,
            RankFlips = _rounds.Count == 0 ? null : result.RankFlips,
            ScoreMin = result.Scores.Min,
            ScoreMedian = result.Scores.Median,
            ScoreMax = result.Scores.Max,
            DistinctScores = result.DistinctScores,
            NeutralMembers = result.NeutralMembers,
            OtsuRatio = result.OtsuRatio,
            WeightMean = _weights.Mean,
            WeightMedian = _weights.Median,
            NormalWeightMean = _weights.Labelled?.NormalMean,
            NormalWeightMedian = _weights.Labelled?.NormalMedian,
            AnomalyWeightMean = _weights.Labelled?.AnomalyMean,
            AnomalyWeightMedian = _weights.Labelled?.AnomalyMedian,
            Auc = result.Auc,
            Loss = loss,
            DegenerateWeights = _weights.AreDegenerate,
            Collapsed = CollapseAlarm.IsCollapsed(result.Scores, result.DistinctScores, loop.Between.Samples),
            Seconds = seconds,
        });
        _weights = result.NextWeights;
    }

    /// <summary>Ends the run in its first unfinished round, in which a loss or score is not finite; what was kept stays.</summary>
    /// <param name="epoch">The epoch whose loss it was; null for a score.</param>
    /// <param name="reason">What went wrong, as the end of a sentence.</param>
    public void Freeze(int? epoch, string reason) => Stop(AlarmKind.Frozen, epoch, reason);

    /// <summary>Ends the run in its first unfinished round, where the device stopped working; what was kept stays.</summary>
    public void StopForDevice(string reason) => Stop(AlarmKind.DeviceFailed, null, reason);

    private void Stop(AlarmKind kind, int? epoch, string reason)
    {
        int round = _rounds.Count;
        string kept = round == 0 ? "it has no result"
            : KeptRounds.Count == 1 ? $"it keeps round {SelectedRound}"
            : $"it keeps rounds {string.Join(", ", KeptRounds)}";
        string when = epoch is null ? $"round {round}" : $"round {round}, epoch {epoch}";
        Failure = new Alarm(kind, Seed, round, epoch, $"Run with seed {Seed} stopped in {when}: {reason}; {kept}.");
    }
}
