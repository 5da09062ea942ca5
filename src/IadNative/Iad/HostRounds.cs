using IadNative.Iad.Members;
using IadNative.Metrics;
using IadNative.Models;

namespace IadNative.Iad;

/// <summary>The work between two rounds on the CPU, for members of any kind.</summary>
internal sealed class HostRounds(IMembers members, RoundSpec spec) : IRounds
{
    private readonly Run[] _runs = [.. Enumerable.Range(0, spec.Runs).Select(index => new Run(members, spec, index))];

    public float[]? UntrainedScores { get; private set; }

    public double?[] TakeUntrained()
    {
        ScoreCommittees();
        double?[] aucs = [.. _runs.Select(run => run.IsFrozen ? null : run.TakeUntrained())];
        UntrainedScores = spec.IsCommittee ? _runs[0].Combined() : null;
        return aucs;
    }

    public void SetWeights()
    {
        foreach (Run run in _runs.Where(run => !run.IsFrozen)) run.SetWeights();
    }

    public RoundResult[] Take()
    {
        ScoreCommittees();
        return [.. _runs.Select(run => run.IsFrozen ? new RoundResult() : run.Take())];
    }

    public void Keep(ReadOnlySpan<bool> runs, bool isBeside = false)
    {
        members.Keep(runs, isBeside);

        // Only now, since members that fail before have not finished the round for any run.
        for (int run = 0; run < runs.Length; run++)
        {
            if (runs[run]) _runs[run].KeepScores(isBeside);
        }
    }

    public void Freeze(int run) => _runs[run].IsFrozen = true;

    public KeptNetworks Kept(int run)
    {
        IReadOnlyList<KeptRound> kept = _runs[run].Kept;
        return new KeptNetworks(members.Kept(run), [.. kept.SelectMany(round => round.Medians)])
        {
            Widths = [.. kept.SelectMany(round => round.Widths)],
        };
    }

    public float[] KeptScores(int run) => _runs[run].MeanOfKept();

    public void Dispose()
    {
        // All memory is garbage-collected.
    }

    private void ScoreCommittees()
    {
        if (!spec.IsCommittee) return;
        foreach (Run run in _runs) run.Committee!.Clear();
        members.Score(spec.Samples, (run, member, scores) => _runs[run].Committee!.Add(member, scores));
    }

    private sealed class Run
    {
        private readonly IMembers _members;
        private readonly RoundSpec _spec;
        private readonly int _index;
        private readonly MemberScale[] _scales;
        private readonly float[][] _memberScores;
        private readonly double[] _medians;
        private readonly Weighing[] _weighings;
        private readonly List<KeptRound> _kept = [];
        private readonly int[] _order;
        private int[] _ranks, _previousRanks;
        private bool _hasRanks;
        private float[] _scores;

        public Run(IMembers members, RoundSpec spec, int index)
        {
            (_members, _spec, _index) = (members, spec, index);
            _scales = spec.Scales;
            if (spec.IsCommittee) Committee = new Committee(spec);
            _memberScores = Committee is not null || IsAsItIs ? [] : [.. _scales.Select(_ => new float[spec.Samples])];
            _medians = new double[_scales.Length];
            _weighings = spec.AreWeightsShared
                ? [new Weighing(0, _scales.Length, spec.Weighs, spec.Samples)]
                : OfFamilies(spec);
            _scores = new float[spec.Samples];
            _order = new int[spec.Samples];
            _ranks = new int[spec.Samples];
            _previousRanks = new int[spec.Samples];
        }

        public bool IsFrozen { get; set; }

        /// <summary>Where its members' scores are taken in; null where they are no committee.</summary>
        public Committee? Committee { get; }

        /// <summary>One entry per round that is kept.</summary>
        public IReadOnlyList<KeptRound> Kept => _kept;

        // The scores of an only member.
        private bool IsAsItIs => _scales.Length == 1 && !_spec.AveragesRounds && Committee is null;

        public double? TakeUntrained()
        {
            if (_spec.Labels is null || !TryCombine(out _)) return null;
            Ranking.Order(_scores, _order);
            return RocAuc.Compute(_scores, _spec.Labels, _order);
        }

        /// <summary>The scores that the committee has combined; null where it cannot.</summary>
        public float[]? Combined()
        {
            float[] scores = new float[_spec.Samples];
            return Committee!.TryCombine(scores) ? scores : null;
        }

        public void SetWeights()
        {
            foreach (Weighing weighing in _weighings) _members.SetWeights(_index, weighing.First, weighing.Count, weighing.Weights);
        }

        public RoundResult Take()
        {
            if (!TryCombine(out string? trouble)) return new RoundResult { Trouble = trouble };

            Ranking.Order(_scores, _order);
            Ranking.Ranks(_order, _ranks);
            ScoreStatistics statistics = ScoreStatistics.Of(_scores, _order);
            float[] sorted = new float[_scores.Length];
            for (int i = 0; i < sorted.Length; i++) sorted[i] = _scores[_order[i]];
            Otsu.Threshold(sorted, out double ratio);
            int flips = _hasRanks ? RankFlips.Count(_previousRanks, _ranks) : 0;
            _hasRanks = true;
            (_ranks, _previousRanks) = (_previousRanks, _ranks);
            return new RoundResult
            {
                Scores = statistics,
                RankFlips = flips,
                DistinctScores = Ranking.DistinctScores(_scores, _order),
                OtsuRatio = ratio,
                NeutralMembers = Committee?.Neutral ?? 0,
                Auc = _spec.Labels is null ? null : RocAuc.Compute(_scores, _spec.Labels, _order),
                NextWeights = Committee is { AllVote: false } committee ? Weigh(committee) : Weigh(statistics),
            };
        }

        /// <summary>Keeps the scores that were read last, and what they were brought to one scale by.</summary>
        /// <param name="isBeside">Whether those kept before stay.</param>
        public void KeepScores(bool isBeside)
        {
            float[] free = isBeside || _kept.Count == 0 ? new float[_scores.Length] : _kept[0].Scores;
            if (!isBeside) _kept.Clear();
            _kept.Add(Committee is null
                ? new KeptRound(_scores, [.. _medians], [])
                : new KeptRound(_scores, [.. Committee.Parts.Select(part => part.Median)], [.. Committee.Parts.Select(part => part.Width)]));
            _scores = free;
        }

        /// <summary>The scores of the round that is kept, or the mean of those of several.</summary>
        public float[] MeanOfKept()
        {
            if (_kept is [var only]) return [.. only.Scores];
            float[] mean = new float[_spec.Samples];
            for (int i = 0; i < mean.Length; i++)
            {
                double sum = 0;
                foreach (KeptRound round in _kept) sum += round.Scores[i];
                mean[i] = (float)(sum / _kept.Count);
            }

            return mean;
        }

        private static Weighing[] OfFamilies(RoundSpec spec)
        {
            var weighings = new Weighing[spec.Families.Count];
            for (int family = 0, first = 0; family < weighings.Length; first += spec.Families[family++].Members)
                weighings[family] = new Weighing(first, spec.Families[family].Members, spec.Families[family].Weighs, spec.Samples);
            return weighings;
        }

        /// <summary>The importance weights of the next round.</summary>
        private WeightStatistics Weigh(ScoreStatistics statistics)
        {
            if (_weighings is [var shared])
            {
                bool isRegular = shared.Update(_scores, _order, statistics, _spec.InverseTau);
                return WeightStatistics.Of(shared.Weights, _spec.Labels, !isRegular);
            }

            bool areRegular = true;
            float[] scores = new float[_spec.Samples];
            float[] mean = new float[_spec.Samples];
            foreach (Weighing weighing in _weighings)
            {
                Combine(weighing.First, weighing.Count, scores);
                Ranking.Order(scores, _order);
                areRegular &= weighing.Update(scores, _order, ScoreStatistics.Of(scores, _order), _spec.InverseTau);
                for (int i = 0; i < mean.Length; i++) mean[i] += weighing.Weights[i] / _weighings.Length;
            }

            return WeightStatistics.Of(mean, _spec.Labels, !areRegular);
        }

        /// <summary>The importance weights of the next round where not all families have a say in them.</summary>
        private WeightStatistics Weigh(Committee committee)
        {
            Ranking.Order(committee.Consensus, _order);
            ScoreStatistics statistics = ScoreStatistics.Of(committee.Consensus, _order);
            bool isRegular = _weighings[0].Update(committee.Consensus, _order, statistics, _spec.InverseTau);
            return WeightStatistics.Of(_weighings[0].Weights, _spec.Labels, !isRegular);
        }

        /// <summary>Reads the members' scores and averages them.</summary>
        private bool TryCombine(out string? trouble)
        {
            if (Committee is not null)
            {
                bool isSound = Committee.TryCombine(_scores);
                trouble = isSound ? null : MemberScores.NoneIsFinite;
                return isSound;
            }

            if (IsAsItIs)
            {
                _members.ReadScores(_index, 0, _scores);
                bool areFinite = Array.TrueForAll(_scores, float.IsFinite);
                trouble = areFinite ? null : MemberScores.Trouble([double.NaN], _scales);
                return areFinite;
            }

            for (int member = 0; member < _scales.Length; member++)
            {
                float[] scores = _memberScores[member];
                _members.ReadScores(_index, member, scores);
                _medians[member] = double.NaN;
                if (!Array.TrueForAll(scores, float.IsFinite)) break;
                Ranking.Order(scores, _order);
                _medians[member] = ScoreStatistics.Of(scores, _order).Median;
            }

            trouble = MemberScores.Trouble(_medians, _scales, areCombined: true);
            if (trouble is not null) return false;
            Combine(0, _scales.Length, _scores);
            trouble = MemberScores.NotFinite;
            return Array.TrueForAll(_scores, float.IsFinite);
        }

        /// <summary>Averages the scores of some members.</summary>
        private void Combine(int first, int count, float[] scores)
        {
            float[] column = new float[count];
            bool isAsItIs = count == 1 && !_spec.AveragesRounds;
            MemberPart[] parts =
                [.. Enumerable.Range(first, count).Select(k => new MemberPart(_scales[k], false, isAsItIs ? 0 : _medians[k], 0, 1))];
            for (int i = 0; i < scores.Length; i++)
            {
                for (int k = 0; k < count; k++) column[k] = _memberScores[first + k][i];
                scores[i] = MemberScores.Combine(column, parts);
            }
        }
    }

    /// <summary>What is kept of a round.</summary>
    /// <param name="Scores">n combined scores.</param>
    /// <param name="Medians">One per member; zero where its scores stay as they are.</param>
    /// <param name="Widths">One per member of a committee.</param>
    private sealed record KeptRound(float[] Scores, double[] Medians, double[] Widths);

    /// <summary>The importance weights of some members of a run.</summary>
    private sealed class Weighing
    {
        private readonly WeighedScore _form;

        public Weighing(int first, int count, WeighedScore form, int samples)
        {
            (First, Count, _form, Weights) = (first, count, form, new float[samples]);
            Array.Fill(Weights, 1f);
        }

        public int First { get; }

        public int Count { get; }

        public float[] Weights { get; }

        /// <summary>Eq. 12–14.</summary>
        /// <returns>False in the degenerate case.</returns>
        public bool Update(float[] scores, int[] order, ScoreStatistics statistics, double inverseTau) =>
            ImportanceWeights.Update(_form, scores, order, statistics, inverseTau, Weights);
    }
}
