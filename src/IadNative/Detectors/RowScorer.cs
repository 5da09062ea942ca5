using System.Collections.Concurrent;
using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Data;
using IadNative.Iad;
using IadNative.Models;

namespace IadNative.Detectors;

/// <summary>The folded networks of a detector, shared by all threads that score with it.</summary>
internal sealed class RowScorer
{
    // Multiply-adds that are worth starting a thread for: some 40 us of them, where a thread takes a few to start.
    private const long OperationsPerThread = 2_000_000;

    private readonly Plan _plan;
    private readonly ImageNormalization? _normalization;
    private readonly FoldedNetwork[] _networks;
    private readonly double[] _medians;
    private readonly MemberScale _scale;
    private readonly ConcurrentBag<Lease> _others = [];
    private Lease? _idle;

    public RowScorer(Plan plan, ImageNormalization? normalization, FeatureScaler scaler, IReadOnlyList<TrainedNetwork> networks,
        double[] medians, MemberScale scale)
    {
        _plan = plan;
        _normalization = normalization;
        _medians = medians;
        _scale = scale;
        _networks = new FoldedNetwork[networks.Count];
        _idle = new Lease(plan, networks.Count);
        long operationsPerRow = Math.Max(1, networks.Count * _idle.Scorer.MultiplyAddsPerRow);
        Shares = new RowShares(
            _idle.Scorer.GrainRows, (int)Math.Clamp(OperationsPerThread / operationsPerRow, 1, int.MaxValue));
        for (int k = 0; k < _networks.Length; k++)
        {
            _networks[k] = _idle.Scorer.CreateNetwork(scaler);
            _networks[k].Fold(networks[k].Parameters, networks[k].Statistics, networks[k].State);
        }
    }

    /// <summary>How rows are shared out to threads.</summary>
    public RowShares Shares { get; }

    /// <summary>
    /// Scores n rows. The buffers of earlier calls are used again, so that one thread scores without allocating; calls at the
    /// same time make as many as there are of them. Many rows are shared out to up to <paramref name="threads"/> threads, 0 for
    /// one per core, which allocates.
    /// </summary>
    public void Score(ReadOnlySpan<float> rows, Span<float> scores, int threads)
    {
        int parts = Shares.Parts(scores.Length, threads);
        if (parts == 1) ScoreHere(rows, scores);
        else ScoreInParts(rows, scores, parts);
    }

    /// <summary>
    /// The squared error of each feature of n rows, for a plan whose score is their sum; for an ensemble the mean of its
    /// members' errors, each divided by the member's median score. Buffers go as in <see cref="Score"/>.
    /// </summary>
    public void Explain(ReadOnlySpan<float> rows, Span<float> contributions)
    {
        Lease lease = Take();
        int step = Lease.BlockRows * _plan.Features;
        for (int start = 0; start < rows.Length; start += step)
        {
            int count = Math.Min(step, rows.Length - start);
            ExplainBlock(lease, Normalize(lease, rows.Slice(start, count)), contributions.Slice(start, count));
        }

        Return(lease);
    }

    private unsafe void ScoreInParts(ReadOnlySpan<float> rows, Span<float> scores, int parts)
    {
        int features = _plan.Features, count = scores.Length;
        fixed (float* firstRow = rows, firstScore = scores)
        {
            (nint source, nint target) = ((nint)firstRow, (nint)firstScore);
            Parallel.For(0, parts, new ParallelOptions { MaxDegreeOfParallelism = parts }, part =>
            {
                (int start, int length) = Shares.Share(count, part, parts);
                ScoreHere(
                    new ReadOnlySpan<float>((float*)source + ((nint)start * features), length * features),
                    new Span<float>((float*)target + start, length));
            });
        }
    }

    private void ScoreHere(ReadOnlySpan<float> rows, Span<float> scores)
    {
        Lease lease = Take();
        for (int start = 0; start < scores.Length; start += Lease.BlockRows)
        {
            int count = Math.Min(Lease.BlockRows, scores.Length - start);
            ReadOnlySpan<float> block = Normalize(lease, rows.Slice(start * _plan.Features, count * _plan.Features));
            ScoreBlock(lease, block, scores.Slice(start, count));
        }

        Return(lease);
    }

    private Lease Take() => Interlocked.Exchange(ref _idle, null)
        ?? (_others.TryTake(out Lease? lease) ? lease : new Lease(_plan, _networks.Length));

    private void Return(Lease lease)
    {
        if (Interlocked.CompareExchange(ref _idle, lease, null) is not null) _others.Add(lease);
    }

    /// <summary>The rows of a block as they go into the networks: images are normalised first, each by itself.</summary>
    private ReadOnlySpan<float> Normalize(Lease lease, ReadOnlySpan<float> rows)
    {
        if (_normalization is not { } normalization) return rows;
        Span<float> normalized = lease.Normalized.AsSpan(0, rows.Length);
        for (int start = 0; start < rows.Length; start += _plan.Features)
            ImageNormalizer.Apply(normalization, rows.Slice(start, _plan.Features), normalized.Slice(start, _plan.Features));
        return normalized;
    }

    private void ExplainBlock(Lease lease, ReadOnlySpan<float> rows, Span<float> contributions)
    {
        int members = _networks.Length;
        if (members == 1)
        {
            lease.Scorer.SquaredErrors(_networks[0], rows, contributions);
        }
        else
        {
            Span<double> sums = lease.ContributionSums.AsSpan(0, rows.Length);
            sums.Clear();
            for (int k = 0; k < members; k++)
            {
                lease.Scorer.SquaredErrors(_networks[k], rows, contributions);
                for (int i = 0; i < sums.Length; i++) sums[i] += contributions[i] / _medians[k];
            }

            for (int i = 0; i < sums.Length; i++) contributions[i] = (float)(sums[i] / members);
        }

        foreach (ref float contribution in contributions) contribution = ToFinite(contribution);
    }

    private static float ToFinite(float score) => float.IsFinite(score) ? score : float.MaxValue;

    private void ScoreBlock(Lease lease, ReadOnlySpan<float> rows, Span<float> scores)
    {
        int members = _networks.Length;
        if (members == 1)
        {
            lease.Scorer.Score(_networks[0], rows, scores);
            foreach (ref float score in scores) score = ToFinite(score);
            return;
        }

        for (int k = 0; k < members; k++)
        {
            lease.Scorer.Score(_networks[k], rows, lease.Scores.AsSpan(0, scores.Length));
            for (int i = 0; i < scores.Length; i++) lease.MemberScores[(i * members) + k] = lease.Scores[i];
        }

        for (int i = 0; i < scores.Length; i++)
        {
            scores[i] = ToFinite(MemberScores.Combine(lease.MemberScores.AsSpan(i * members, members), _medians, _scale));
        }
    }

    /// <summary>The buffers of one caller.</summary>
    private sealed class Lease(Plan plan, int members)
    {
        public const int BlockRows = CpuScorer.BlockRows;

        private double[]? _contributionSums;
        private float[]? _normalized;

        public CpuScorer Scorer { get; } = CpuScorer.Create(plan);

        public float[] Scores { get; } = new float[BlockRows];

        /// <summary>A block's normalised images, made when first asked for.</summary>
        public float[] Normalized => _normalized ??= new float[BlockRows * plan.Features];

        /// <summary>One sum per feature of a block's rows, made when first asked for.</summary>
        public double[] ContributionSums => _contributionSums ??= new double[BlockRows * plan.Features];

        /// <summary>Row-major: the scores of all members for one row stand together.</summary>
        public float[] MemberScores { get; } = new float[BlockRows * members];
    }
}
