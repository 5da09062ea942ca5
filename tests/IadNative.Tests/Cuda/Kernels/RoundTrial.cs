using System.Numerics;
using System.Runtime.InteropServices;
using IadNative.Compute;
using IadNative.Cuda;
using IadNative.Data;
using IadNative.Iad;
using IadNative.Iad.Members;
using IadNative.Metrics;
using IadNative.Models;
using IadNative.Networks;
using IadNative.Probe;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>
/// Gives a device the scores of one round after the other and compares all that follows with the CPU's work between rounds:
/// ranks, flips, counts, statistics of scores, the AUC and what is kept exactly, weights within 4 units in the last place.
/// </summary>
/// <param name="bench">The device.</param>
/// <param name="labels">n labels, true for anomalies; null for none.</param>
/// <param name="members">Networks of each run.</param>
/// <param name="loss">The loss whose scores they are.</param>
/// <param name="termination">Which round is kept; rank flips unless said otherwise.</param>
/// <param name="weighs">Which form of the scores weights follow.</param>
internal sealed class RoundTrial(
    Bench bench, bool[]? labels, int members = 1, ModelKind loss = ModelKind.OneClass, TerminationCriterion? termination = null,
    WeighedScore weighs = WeighedScore.Plain) : IDisposable
{
    private readonly DeviceArena _arena = new(bench.Driver, isolate: true);
    private CudaState? _state;
    private CudaRounds? _rounds;
    private HostRounds? _expected;
    private ScoredMembers? _host;
    private RoundSelection[]? _selections;
    private RoundSpec? _spec;
    private int[][]? _ranks; // each run's last; zeros before the first
    private int _round;

    /// <summary>Labels of which about one in four is an anomaly, and at least one of each kind where there are two.</summary>
    public static bool[] RandomLabels(int seed, int samples)
    {
        var random = new System.Random(seed);
        bool[] labels = [.. Enumerable.Range(0, samples).Select(_ => random.Next(4) == 0)];
        labels[0] = true;
        if (samples > 1) labels[1] = false;
        return labels;
    }

    /// <summary>Takes the scores of a round: of every member of the first run, then of the second, and so on.</summary>
    public void Take(params float[][] scores)
    {
        int runs = scores.Length / members, samples = scores[0].Length;
        if (_rounds is null) Start(runs, samples);
        _host!.Scores = scores;
        _host.Mark = _round + 1;
        for (int replica = 0; replica < scores.Length; replica++)
        {
            _state!.Write<float>(_state.Scores, replica, scores[replica]);
            var state = new ReplicaState(_state!.Plan);
            _host.Export(replica, state);
            _state.Import(replica, state);
        }

        RoundResult[] results = _rounds!.Take(), expected = _expected!.Take();
        Keep(results, expected);
        _expected.SetWeights();
        int[] ranks = bench.Driver.Download<int>(_rounds.Ranks.Address, runs * samples);
        for (int run = 0; run < runs; run++)
        {
            string what = $"round {_round}, run {run} of {runs}, {samples} samples, {members} members";
            int[] own = ranks[(run * samples)..((run + 1) * samples)];
            Check(run, results[run], expected[run], own, what);
            _ranks![run] = own;
        }

        _round++;
    }

    public void Dispose()
    {
        _rounds?.Dispose();
        _arena.Dispose();
    }

    private void Start(int runs, int samples)
    {
        Plan plan = ModelPlans.Build(new NetworkSpec(3), 2, loss);
        var session = new SessionSpec
        {
            Data = new float[2 * samples],
            Scaler = new FeatureScaler([0, 0], [1, 1]),
            Replicas = [.. Enumerable.Range(0, runs * members).Select(r => new ReplicaSpec(0, r % members, [0]))],
            BatchSize = 2,
            LearningRate = 0,
        };
        _spec = new RoundSpec
        {
            Runs = runs,
            Families = [new FamilyScores(members, loss.Model().MemberScale, weighs)],
            Samples = samples,
            Labels = labels?.Distinct().Count() == 2 ? labels : null,
            InverseTau = 4,
        };
        _state = new CudaState(bench.Driver, plan, session, _arena);
        _arena.Allocate();
        _state.Upload(session);
        _rounds = new CudaRounds(bench.Driver, bench.Kernels, _state, _spec, isolateBuffers: true, useGraphs: true);
        _rounds.Allocate();
        _host = new ScoredMembers(plan, runs, members);
        _selections = [.. Enumerable.Range(0, runs).Select(_ => new RoundSelection(termination ?? TerminationCriterion.RankFlip))];
        _expected = new HostRounds(_host, _spec);
        _expected.SetWeights();
        _ranks = [.. Enumerable.Range(0, runs).Select(_ => new int[samples])];
    }

    // Both are told to keep what the device's own facts say, which pick the same round as the CPU's.
    private void Keep(RoundResult[] results, RoundResult[] expected)
    {
        bool[] areKept = new bool[results.Length];
        for (int run = 0; run < areKept.Length; run++)
        {
            if (results[run].Trouble is not null) continue;
            areKept[run] = _selections![run].Picks(results[run].Facts(_round));
            Assert.That(_selections[run].Picks(expected[run].Facts(_round)), Is.EqualTo(areKept[run]), $"round {_round}, run {run}");
            _selections[run].Add(results[run].Facts(_round));
        }

        _rounds!.Keep(areKept);
        _expected!.Keep(areKept);
    }

    private void Check(int run, RoundResult result, RoundResult expected, int[] ranks, string what)
    {
        Assert.That(result.Trouble, Is.EqualTo(expected.Trouble), what);
        CheckWeights(run, what);
        CheckKept(run, what);
        if (expected.Trouble is not null)
        {
            AssertSame(ranks, _ranks![run], what);
            return;
        }

        Assert.That(
            (result.Scores, result.RankFlips, result.DistinctScores, result.Auc, result.NextWeights.AreDegenerate),
            Is.EqualTo((expected.Scores, expected.RankFlips, expected.DistinctScores, expected.Auc,
                expected.NextWeights.AreDegenerate)), what);
        int samples = ranks.Length;

        // A running sum of n squares, none negative, has lost n roundings at most, on either side; each square a few more.
        Assert.That(
            result.OtsuRatio, Is.EqualTo(expected.OtsuRatio).Within(8.0 * (samples + 256) * Math.ScaleB(1, -53) * expected.OtsuRatio), what);
        CheckWeightStatistics(result.NextWeights, expected.NextWeights, what);
        CheckSums(result.NextWeights, run, what);
        if (members > 1) return;
        int[] order = new int[samples], expectedRanks = new int[samples];
        Ranking.Order(_host!.Scores[run], order);
        Ranking.Ranks(order, expectedRanks);
        AssertSame(ranks, expectedRanks, what);
    }

    private void CheckWeights(int run, string what)
    {
        for (int member = 0; member < members; member++)
        {
            int replica = (run * members) + member;
            float[] weights = Weights(replica), expected = _host!.Weights[replica];
            for (int i = 0; i < weights.Length; i++)
            {
                if (!(Math.Abs(BitConverter.SingleToInt32Bits(weights[i]) - BitConverter.SingleToInt32Bits(expected[i])) <= 4))
                    Assert.Fail($"{what}, member {member}: weight {i} is {weights[i]:r}, not {expected[i]:r}.");
            }
        }
    }

    private void CheckKept(int run, string what)
    {
        KeptNetworks kept = _rounds!.Kept(run), expected = _expected!.Kept(run);
        Assert.That(kept.Medians, Is.EqualTo(expected.Medians), what);
        for (int member = 0; member < members; member++)
        {
            ReplicaState state = kept.States[member], other = expected.States[member];
            if (expected.States[member].Parameters[0] == 0) continue; // nothing was kept yet
            Assert.That(state.Parameters, Is.EqualTo(other.Parameters), what);
            Assert.That(state.Statistics, Is.EqualTo(other.Statistics), what);
            Assert.That(state.State, Is.EqualTo(other.State), what);
            Assert.That(_rounds.KeptScores(run), Is.EqualTo(_expected.KeptScores(run)), what);
        }
    }

    // Weights are numbers of 32 bits, and their means and medians agree as they do, within 4 ulp of such numbers. A mean's own
    // roundings, of 64 bits, are far below that; CheckSums bounds them.
    private static void CheckWeightStatistics(WeightStatistics actual, WeightStatistics expected, string what)
    {
        Check(actual.Mean, expected.Mean, "mean");
        Check(actual.Median, expected.Median, "median");
        Assert.That(actual.Labelled.HasValue, Is.EqualTo(expected.Labelled.HasValue), what);
        if (actual.Labelled is not { } labelled || expected.Labelled is not { } others) return;
        Check(labelled.NormalMean, others.NormalMean, "mean of normal samples");
        Check(labelled.NormalMedian, others.NormalMedian, "median of normal samples");
        Check(labelled.AnomalyMean, others.AnomalyMean, "mean of anomalies");
        Check(labelled.AnomalyMedian, others.AnomalyMedian, "median of anomalies");

        void Check(double value, double other, string name)
        {
            double ulp = (double)MathF.BitIncrement((float)other) - (float)other;
            Assert.That(value, Is.EqualTo(other).Within(4 * ulp), $"{what}, {name}");
        }
    }

    // Against exact sums of the device's own weights. A thread of describe_weights adds up at most ceil(n / 1,024) of them and a
    // tree ten times two sums; none is negative, so that each of those additions, and the division, loses at most 2^-53 of the
    // mean, to first order, and the exact one is cut to 53 bits. Medians are exact.
    private void CheckSums(WeightStatistics statistics, int run, string what)
    {
        float[] weights = Weights(run * members);
        double bound = ((weights.Length / 1024) + 13) * Math.ScaleB(1, -53);
        Check(statistics.Mean, statistics.Median, weights);
        if (_spec!.Labels is not { } known) return;
        LabelledWeights labelled = statistics.Labelled!.Value;
        Check(labelled.NormalMean, labelled.NormalMedian, [.. weights.Where((_, i) => !known[i])]);
        Check(labelled.AnomalyMean, labelled.AnomalyMedian, [.. weights.Where((_, i) => known[i])]);

        void Check(double mean, double median, float[] some)
        {
            double exact = ExactMean(some);
            Assert.That(mean, Is.EqualTo(exact).Within(bound * exact), what);
            Assert.That(median, Is.EqualTo(Quantiles.Linear([.. some.Order()], 0.5)), what);
        }
    }

    // A float32 number is a whole multiple of 2^-149.
    private static double ExactMean(float[] values)
    {
        BigInteger sum = 0;
        foreach (float value in values) sum += new BigInteger(Math.ScaleB((double)value, 149));
        BigInteger scaled = (sum << 200) / values.Length; // 51 digits beyond the last of a float
        return Math.ScaleB((double)(scaled >> 100), -249);
    }

    private float[] Weights(int replica)
    {
        float[] weights = new float[_spec!.Samples];
        _state!.Read<float>(_state.ImportanceWeights, replica, weights);
        return weights;
    }

    private static void AssertSame<T>(T[] actual, T[] expected, string what)
    {
        if (!actual.AsSpan().SequenceEqual(expected)) Assert.That(actual, Is.EqualTo(expected), what);
    }

    /// <summary>Members that have scores and networks marked by round and replica, and take weights.</summary>
    private sealed class ScoredMembers(Plan plan, int runs, int members) : IMembers
    {
        private readonly ReplicaState[][] _kept =
            [.. Enumerable.Range(0, runs).Select(_ => Enumerable.Range(0, members).Select(_ => new ReplicaState(plan)).ToArray())];

        public float[][] Scores { get; set; } = [];

        public int Mark { get; set; }

        public Dictionary<int, float[]> Weights { get; } = [];

        public bool AreScoredUntrained => true;

        public void ReadScores(int run, int member, Span<float> scores) => Scores[(run * members) + member].CopyTo(scores);

        public void SetWeights(int run, int first, int count, ReadOnlySpan<float> weights)
        {
            for (int member = first; member < first + count; member++) Weights[(run * members) + member] = weights.ToArray();
        }

        public void Export(int replica, ReplicaState state)
        {
            float mark = (1000 * Mark) + (10 * replica);
            Array.Fill(state.Parameters, mark + 1);
            Array.Fill(state.Statistics, mark + 2);
            for (int i = 0; i < state.State.Length; i++) state.State[i] = mark + 3 + i;
        }

        public void Keep(ReadOnlySpan<bool> runs, bool isBeside)
        {
            for (int run = 0; run < runs.Length; run++)
            {
                for (int member = 0; runs[run] && member < members; member++) Export((run * members) + member, _kept[run][member]);
            }
        }

        public IReadOnlyList<ReplicaState> Kept(int run) => _kept[run];

        public void Prepare(int round, CancellationToken cancellationToken) => throw new NotSupportedException();

        public void Begin(int round) => throw new NotSupportedException();

        public void Train(int round, CancellationToken cancellationToken) => throw new NotSupportedException();

        public void Score(int samples, MemberScoreReader read) => throw new NotSupportedException();

        public void Score() => throw new NotSupportedException();

        public MemberFailure? Failure(int run) => throw new NotSupportedException();

        public double Loss(int run, int member) => throw new NotSupportedException();

        public void Freeze(int run) => throw new NotSupportedException();

        public IReadOnlyList<ReplicaState> Export(int run) => throw new NotSupportedException();

        public void Restore(int run) => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
