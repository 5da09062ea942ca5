using IadNative.Compute;
using IadNative.Metrics;

namespace IadNative.Iad;

/// <summary>The work between two rounds on the CPU, for any session.</summary>
internal sealed class HostRounds(ISession session, RoundSpec spec) : IRounds
{
    private readonly Run[] _runs = [.. Enumerable.Range(0, spec.Runs).Select(index => new Run(session, spec, index * spec.Members))];

    public double?[] TakeUntrained() => [.. _runs.Select(run => run.IsFrozen ? null : run.TakeUntrained())];

    public void SetWeights()
    {
        foreach (Run run in _runs.Where(run => !run.IsFrozen)) run.SetWeights();
    }

    public RoundResult[] Take() => [.. _runs.Select(run => run.IsFrozen ? new RoundResult() : run.Take())];

    public void Keep(ReadOnlySpan<bool> runs)
    {
        for (int run = 0; run < runs.Length; run++)
        {
            if (runs[run]) _runs[run].Export();
        }

        // Only now, since a session that fails before has not finished the round for any run.
        for (int run = 0; run < runs.Length; run++)
        {
            if (runs[run]) _runs[run].Keep();
        }
    }

    public void Freeze(int run) => _runs[run].IsFrozen = true;

    public KeptNetworks Kept(int run) => _runs[run].Kept;

    public float[] KeptScores(int run) => [.. _runs[run].KeptScores];

    public void Dispose()
    {
        // All memory is garbage-collected.
    }

    private sealed class Run
    {
        private readonly ISession _session;
        private readonly RoundSpec _spec;
        private readonly int _firstReplica;
        private readonly float[][] _memberScores;
        private readonly double[] _medians;
        private readonly float[] _weights;
        private readonly int[] _order;
        private int[] _ranks, _previousRanks;
        private bool _hasRanks;
        private float[] _scores;
        private KeptNetworks _incoming;

        public Run(ISession session, RoundSpec spec, int firstReplica)
        {
            (_session, _spec, _firstReplica) = (session, spec, firstReplica);
            _memberScores = [.. Enumerable.Range(0, spec.Members).Select(_ => new float[spec.Samples])];
            _medians = new double[spec.Members];
            _scores = new float[spec.Samples];
            KeptScores = new float[spec.Samples];
            _order = new int[spec.Samples];
            _ranks = new int[spec.Samples];
            _previousRanks = new int[spec.Samples];
            _weights = new float[spec.Samples];
            Array.Fill(_weights, 1f);
            Kept = NoNetworks();
            _incoming = NoNetworks();

            KeptNetworks NoNetworks() =>
                new([.. _memberScores.Select(_ => new ReplicaState(spec.Plan))], new double[spec.Members]);
        }

        public bool IsFrozen { get; set; }

        public KeptNetworks Kept { get; private set; }

        public float[] KeptScores { get; private set; }

        public double? TakeUntrained()
        {
            if (_spec.Labels is null || !TryCombine(out _)) return null;
            Ranking.Order(_scores, _order);
            return RocAuc.Compute(_scores, _spec.Labels, _order);
        }

        public void SetWeights()
        {
            for (int member = 0; member < _spec.Members; member++)
                _session.SetImportanceWeights(_firstReplica + member, _weights);
        }

        public RoundResult Take()
        {
            if (!TryCombine(out string? trouble)) return new RoundResult { Trouble = trouble };

            Ranking.Order(_scores, _order);
            Ranking.Ranks(_order, _ranks);
            ScoreStatistics statistics = ScoreStatistics.Of(_scores, _order);
            var sorted = new float[_scores.Length];
            for (int i = 0; i < sorted.Length; i++) sorted[i] = _scores[_order[i]];
            Otsu.Threshold(sorted, out double ratio);
            int flips = _hasRanks ? RankFlips.Count(_previousRanks, _ranks) : 0;
            _hasRanks = true;
            (_ranks, _previousRanks) = (_previousRanks, _ranks);
            bool areDegenerate = !(_spec.WeightByDensity
                ? ImportanceWeights.UpdateByDensity(_scores, _order, statistics, _spec.InverseTau, _weights)
                : ImportanceWeights.Update(_scores, statistics, _spec.InverseTau, _weights));
            return new RoundResult
            {
                Scores = statistics,
                RankFlips = flips,
                DistinctScores = Ranking.DistinctScores(_scores, _order),
                OtsuRatio = ratio,
                Auc = _spec.Labels is null ? null : RocAuc.Compute(_scores, _spec.Labels, _order),
                NextWeights = WeightStatistics.Of(_weights, _spec.Labels, areDegenerate),
            };
        }

        /// <summary>Keeps the networks that were exported last, and the scores that were read last.</summary>
        public void Keep()
        {
            (Kept, _incoming) = (_incoming, Kept);
            (KeptScores, _scores) = (_scores, KeptScores);
        }

        /// <summary>Copies the networks out, to be kept.</summary>
        public void Export()
        {
            for (int member = 0; member < _spec.Members; member++) _session.Export(_firstReplica + member, _incoming.States[member]);
            if (_spec.Members > 1) _medians.CopyTo(_incoming.Medians, 0);
        }

        /// <summary>Reads the members' scores and averages them.</summary>
        private bool TryCombine(out string? trouble)
        {
            if (_spec.Members == 1)
            {
                _session.ReadScores(_firstReplica, _scores);
                bool areFinite = Array.TrueForAll(_scores, float.IsFinite);
                trouble = areFinite ? null : MemberScores.Trouble([double.NaN], _spec.Scale);
                return areFinite;
            }

            for (int member = 0; member < _spec.Members; member++)
            {
                float[] scores = _memberScores[member];
                _session.ReadScores(_firstReplica + member, scores);
                _medians[member] = double.NaN;
                if (!Array.TrueForAll(scores, float.IsFinite)) break;
                Ranking.Order(scores, _order);
                _medians[member] = ScoreStatistics.Of(scores, _order).Median;
            }

            trouble = MemberScores.Trouble(_medians, _spec.Scale);
            if (trouble is not null) return false;
            var column = new float[_spec.Members];
            for (int i = 0; i < _scores.Length; i++)
            {
                for (int member = 0; member < _spec.Members; member++) column[member] = _memberScores[member][i];
                _scores[i] = MemberScores.Combine(column, _medians, _spec.Scale);
            }

            trouble = MemberScores.NotFinite;
            return Array.TrueForAll(_scores, float.IsFinite);
        }
    }
}
