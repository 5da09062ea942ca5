using System.Runtime.InteropServices;
using IadNative.Compute;
using IadNative.Cuda;
using IadNative.Iad;
using IadNative.Metrics;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>
/// Gives a device the scores of one round after the other and compares all that follows with the CPU's classes: ranks, flips,
/// counts, statistics of scores and the AUC exactly, weights within 4 units in the last place.
/// </summary>
/// <param name="bench">The device.</param>
/// <param name="labels">n labels, true for anomalies; null for none.</param>
/// <param name="members">Networks of each run.</param>
/// <param name="loss">The loss whose scores they are.</param>
internal sealed class RoundTrial(Bench bench, bool[]? labels, int members = 1, LossKind loss = LossKind.OneClass) : IDisposable
{
    private const double InverseTau = 4;
    private const float Untouched = -1;

    private readonly DeviceArena _arena = new(bench.Driver, isolate: true);
    private CudaRound? _round;
    private DeviceBuffer? _scores, _weights;
    private int[][]? _ranks; // each run's last; empty before the first
    private float[][]? _lastWeights;

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
        if (_round is null) Start(runs, samples);
        bench.Driver.CopyToDevice(_scores!.Address, MemoryMarshal.AsBytes<float>([.. scores.SelectMany(s => s)]));
        _round!.Take(_scores.Address, _weights!.Address, InverseTau);

        var records = new RoundRecord[runs];
        _round.ReadRecords(records);
        int[] ranks = bench.Driver.Download<int>(_round.Ranks.Address, runs * samples);
        float[] weights = bench.Driver.Download<float>(_weights.Address, runs * members * samples);
        for (int run = 0; run < runs; run++)
        {
            string what = $"run {run} of {runs}, {samples} samples, {members} members";
            float[] runScores = members == 1 ? scores[run] : Combine(run, scores, what);
            int[] runRanks = ranks[(run * samples)..((run + 1) * samples)];
            float[] runWeights = weights[(run * members * samples)..((run * members + 1) * samples)];
            Check(records[run], run, runScores, runRanks, runWeights, what);
            for (int m = 1; m < members; m++)
                AssertSame(weights[(((run * members) + m) * samples)..(((run * members) + m + 1) * samples)], runWeights, what);
            (_ranks![run], _lastWeights![run]) = (runRanks, runWeights);
        }
    }

    public void Dispose() => _arena.Dispose();

    private void Start(int runs, int samples)
    {
        _scores = _arena.Reserve<float>((long)runs * members * samples);
        _weights = _arena.Reserve<float>((long)runs * members * samples);
        _round = new CudaRound(bench.Driver, bench.Kernels, _arena, runs, members, samples, loss, labels);
        _arena.Allocate();
        _round.Start();
        var start = new float[runs * members * samples];
        Array.Fill(start, Untouched);
        bench.Driver.CopyToDevice(_weights.Address, MemoryMarshal.AsBytes<float>(start));
        _ranks = [.. Enumerable.Range(0, runs).Select(_ => new int[samples])];
        _lastWeights = [.. Enumerable.Range(0, runs).Select(_ => start[..samples])];
    }

    /// <summary>A run's score by the CPU, after the device's medians were compared.</summary>
    private float[] Combine(int run, float[][] scores, string what)
    {
        int samples = scores[0].Length;
        var medians = new double[scores.Length];
        _round!.ReadMedians(medians);
        var column = new float[members];
        var combined = new float[samples];
        for (int m = 0; m < members; m++)
        {
            float[] own = scores[(run * members) + m];
            double median = own.All(float.IsFinite) ? Statistics(own, Order(own)).Median : double.NaN;
            Assert.That(medians[(run * members) + m], Is.EqualTo(median), what);
        }

        for (int i = 0; i < samples; i++)
        {
            for (int m = 0; m < members; m++) column[m] = scores[(run * members) + m][i];
            combined[i] = MemberScores.Combine(column, medians.AsSpan(run * members, members), loss);
        }

        return combined;
    }

    private void Check(RoundRecord record, int run, float[] scores, int[] ranks, float[] weights, string what)
    {
        if (!scores.All(float.IsFinite))
        {
            Assert.That(record, Is.EqualTo(default(RoundRecord)), what);
            AssertSame(ranks, _ranks![run], what);
            AssertSame(weights, _lastWeights![run], what);
            return;
        }

        int samples = scores.Length;
        int[] order = Order(scores), expectedRanks = new int[samples];
        Ranking.Ranks(order, expectedRanks);
        ScoreStatistics statistics = Statistics(scores, order);
        var expectedWeights = new float[samples];
        bool regular = ImportanceWeights.Update(scores, statistics, InverseTau, expectedWeights);
        double auc = double.NaN;
        if (labels is not null) RocAuc.TryCompute(scores, labels, order, out auc);
        int flips = _ranks![run].Contains(0) ? 0 : RankFlips.Count(_ranks[run], expectedRanks);
        AssertSame(ranks, expectedRanks, what);
        Assert.That(
            (record.IsFinite, record.IsDegenerate, record.Flips, record.Distinct, record.Scores),
            Is.EqualTo((1, regular ? 0 : 1, flips, Ranking.DistinctScores(scores, order), statistics)), what);
        Assert.That(record.Auc(samples), Is.EqualTo(auc), what);
        for (int i = 0; i < samples; i++)
        {
            if (!(Math.Abs(BitConverter.SingleToInt32Bits(weights[i]) - BitConverter.SingleToInt32Bits(expectedWeights[i])) <= 4))
                Assert.Fail($"{what}: weight {i} is {weights[i]:r}, not {expectedWeights[i]:r}.");
        }

        CheckWeightStatistics(record, weights, what);
    }

    // Means of the device's own weights, in whatever order they are summed: n terms, none negative, each rounded n times at most.
    private void CheckWeightStatistics(RoundRecord record, float[] weights, string what)
    {
        double tolerance = 2.0 * weights.Length * Math.ScaleB(1, -53);
        Assert.That(record.WeightMean, Is.EqualTo(Mean(_ => true)).Within(tolerance), what);
        Assert.That(record.NormalWeightMean, Is.EqualTo(Mean(i => labels?[i] is not true)).Within(tolerance), what);
        Assert.That(record.AnomalyWeightMean, Is.EqualTo(Mean(i => labels?[i] is true)).Within(tolerance), what);
        Assert.That(record.WeightMedian, Is.EqualTo(Quantiles.Linear([.. weights.Order()], 0.5)), what);

        double Mean(Func<int, bool> isOne)
        {
            double[] own = [.. weights.Where((_, i) => isOne(i)).Select(w => (double)w)];
            return own.Length == 0 ? double.NaN : own.Sum() / own.Length;
        }
    }

    private static int[] Order(float[] scores)
    {
        var order = new int[scores.Length];
        Ranking.Order(scores, order);
        return order;
    }

    private static ScoreStatistics Statistics(float[] scores, int[] order) => ScoreStatistics.Of(scores, order);

    private static void AssertSame<T>(T[] actual, T[] expected, string what)
    {
        if (!actual.AsSpan().SequenceEqual(expected)) Assert.That(actual, Is.EqualTo(expected), what);
    }
}
