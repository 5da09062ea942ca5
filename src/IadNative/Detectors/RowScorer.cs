using System.Collections.Concurrent;
using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Data;
using IadNative.Iad.Members;
using IadNative.Models;

namespace IadNative.Detectors;

/// <summary>The folded networks of a detector, shared by all threads that score with it.</summary>
internal sealed class RowScorer
{
    // Multiply-adds that are worth starting a thread for: some 40 us of them, where a thread takes a few to start.
    private const long OperationsPerThread = 2_000_000;

    private readonly int _features;
    private readonly ImageNormalization? _normalization;
    private readonly Family[] _families;
    private readonly double[] _medians;
    private readonly MemberScale[] _scales;
    private readonly ConcurrentBag<Lease> _others = [];
    private Lease? _idle;

    /// <summary>A scorer.</summary>
    /// <param name="members">The networks; those of a family stand together.</param>
    /// <param name="scaler">Scales a row, of images a normalised one, on its way into the networks.</param>
    /// <param name="normalization">What is done to images first; null for tables.</param>
    public RowScorer(IReadOnlyList<DetectorMember> members, FeatureScaler scaler, ImageNormalization? normalization)
    {
        _features = scaler.Offset.Length;
        _normalization = normalization;
        _medians = [.. members.Select(member => member.Median)];
        _scales = [.. members.Select(member => member.Model.MemberScale)];
        DetectorMember[][] families = [.. Families(members)];
        _families = [.. families.Select(family => new Family(family[0].Plan, family[0].Columns, new FoldedNetwork[family.Length]))];
        _idle = new Lease(this);
        for (int index = 0; index < families.Length; index++)
        {
            Family family = _families[index];
            FeatureScaler own = family.Columns is { } columns ? scaler.Of(columns) : scaler;
            for (int k = 0; k < family.Networks.Length; k++)
            {
                TrainedNetwork trained = families[index][k].Trained;
                family.Networks[k] = _idle.Scorers[index].CreateNetwork(own);
                family.Networks[k].Fold(trained.Parameters, trained.Statistics, trained.State);
            }
        }

        long operationsPerRow = Math.Max(
            1, _families.Zip(_idle.Scorers, (family, scorer) => family.Networks.Length * scorer.MultiplyAddsPerRow).Sum());
        Shares = new RowShares(
            _idle.Scorers.Max(scorer => scorer.GrainRows), (int)Math.Clamp(OperationsPerThread / operationsPerRow, 1, int.MaxValue));
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
    /// The squared error of each feature of n rows, for plans whose score is their sum; for an ensemble the mean of its
    /// members' errors, each divided by the member's median score. Buffers go as in <see cref="Score"/>.
    /// </summary>
    public void Explain(ReadOnlySpan<float> rows, Span<float> contributions)
    {
        Lease lease = Take();
        int step = Lease.BlockRows * _features;
        for (int start = 0; start < rows.Length; start += step)
        {
            int count = Math.Min(step, rows.Length - start);
            ExplainBlock(lease, Normalize(lease, rows.Slice(start, count)), contributions.Slice(start, count));
        }

        Return(lease);
    }

    // Members of a family are neighbours and share their plan and columns.
    private static IEnumerable<DetectorMember[]> Families(IReadOnlyList<DetectorMember> members)
    {
        for (int first = 0, end = 0; first < members.Count; first = end)
        {
            while (end < members.Count && IsOfFamily(members[end], members[first])) end++;
            yield return [.. members.Skip(first).Take(end - first)];
        }
    }

    private static bool IsOfFamily(DetectorMember member, DetectorMember other) =>
        ReferenceEquals(member.Plan, other.Plan) && member.Columns == other.Columns;

    private unsafe void ScoreInParts(ReadOnlySpan<float> rows, Span<float> scores, int parts)
    {
        int features = _features, count = scores.Length;
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
            ReadOnlySpan<float> block = Normalize(lease, rows.Slice(start * _features, count * _features));
            ScoreBlock(lease, block, scores.Slice(start, count));
        }

        Return(lease);
    }

    private Lease Take() => Interlocked.Exchange(ref _idle, null) ?? (_others.TryTake(out Lease? lease) ? lease : new Lease(this));

    private void Return(Lease lease)
    {
        if (Interlocked.CompareExchange(ref _idle, lease, null) is not null) _others.Add(lease);
    }

    /// <summary>The rows of a block as they go into the networks: images are normalised first, each by itself.</summary>
    private ReadOnlySpan<float> Normalize(Lease lease, ReadOnlySpan<float> rows)
    {
        if (_normalization is not { } normalization) return rows;
        Span<float> normalized = lease.Normalized.AsSpan(0, rows.Length);
        for (int start = 0; start < rows.Length; start += _features)
            ImageNormalizer.Apply(normalization, rows.Slice(start, _features), normalized.Slice(start, _features));
        return normalized;
    }

    /// <summary>The features of a block that a family sees.</summary>
    private ReadOnlySpan<float> Select(Lease lease, Family family, ReadOnlySpan<float> rows)
    {
        if (family.Columns is not { } columns) return rows;
        int count = rows.Length / _features;
        Span<float> selected = lease.Selected.AsSpan(0, count * columns.Length);
        for (int row = 0; row < count; row++)
        {
            for (int j = 0; j < columns.Length; j++) selected[(row * columns.Length) + j] = rows[(row * _features) + columns[j]];
        }

        return selected;
    }

    private void ExplainBlock(Lease lease, ReadOnlySpan<float> rows, Span<float> contributions)
    {
        int members = _medians.Length;
        if (members == 1 && _families[0].Columns is null)
        {
            lease.Scorers[0].SquaredErrors(_families[0].Networks[0], rows, contributions);
        }
        else
        {
            Span<double> sums = lease.ContributionSums.AsSpan(0, rows.Length);
            sums.Clear();
            for (int index = 0, member = 0; index < _families.Length; index++)
            {
                Family family = _families[index];
                ReadOnlySpan<float> selected = Select(lease, family, rows);
                Span<float> errors = lease.Errors.AsSpan(0, selected.Length);
                foreach (FoldedNetwork network in family.Networks)
                {
                    lease.Scorers[index].SquaredErrors(network, selected, errors);
                    Add(errors, family.Columns, members == 1 ? 1 : _medians[member], sums);
                    member++;
                }
            }

            for (int i = 0; i < sums.Length; i++) contributions[i] = (float)(sums[i] / members);
        }

        foreach (ref float contribution in contributions) contribution = ToFinite(contribution);
    }

    /// <summary>Adds errors, divided by a median, at the places of their features.</summary>
    private void Add(ReadOnlySpan<float> errors, int[]? columns, double median, Span<double> sums)
    {
        if (columns is null)
        {
            for (int i = 0; i < sums.Length; i++) sums[i] += errors[i] / median;
            return;
        }

        for (int i = 0; i < errors.Length; i++)
            sums[(i / columns.Length * _features) + columns[i % columns.Length]] += errors[i] / median;
    }

    private static float ToFinite(float score) => float.IsFinite(score) ? score : float.MaxValue;

    private void ScoreBlock(Lease lease, ReadOnlySpan<float> rows, Span<float> scores)
    {
        int members = _medians.Length;
        if (members == 1)
        {
            lease.Scorers[0].Score(_families[0].Networks[0], Select(lease, _families[0], rows), scores);
            foreach (ref float score in scores) score = ToFinite(score);
            return;
        }

        for (int index = 0, member = 0; index < _families.Length; index++)
        {
            Family family = _families[index];
            ReadOnlySpan<float> selected = Select(lease, family, rows);
            foreach (FoldedNetwork network in family.Networks)
            {
                lease.Scorers[index].Score(network, selected, lease.Scores.AsSpan(0, scores.Length));
                for (int i = 0; i < scores.Length; i++) lease.MemberScores[(i * members) + member] = lease.Scores[i];
                member++;
            }
        }

        for (int i = 0; i < scores.Length; i++)
        {
            scores[i] = ToFinite(MemberScores.Combine(lease.MemberScores.AsSpan(i * members, members), _medians, _scales));
        }
    }

    /// <summary>The networks of one plan on the same features.</summary>
    private sealed record Family(Plan Plan, int[]? Columns, FoldedNetwork[] Networks);

    /// <summary>The buffers of one caller.</summary>
    private sealed class Lease(RowScorer owner)
    {
        public const int BlockRows = CpuScorer.BlockRows;

        private double[]? _contributionSums;
        private float[]? _normalized, _selected, _errors;

        /// <summary>One per family.</summary>
        public CpuScorer[] Scorers { get; } = [.. owner._families.Select(family => CpuScorer.Create(family.Plan))];

        public float[] Scores { get; } = new float[BlockRows];

        /// <summary>A block's normalised images, made when first asked for.</summary>
        public float[] Normalized => _normalized ??= new float[BlockRows * owner._features];

        /// <summary>The features of a block that a family sees, made when first asked for.</summary>
        public float[] Selected => _selected ??= new float[BlockRows * owner._features];

        /// <summary>One squared error per feature of a block's rows, made when first asked for.</summary>
        public float[] Errors => _errors ??= new float[BlockRows * owner._features];

        /// <summary>One sum per feature of a block's rows, made when first asked for.</summary>
        public double[] ContributionSums => _contributionSums ??= new double[BlockRows * owner._features];

        /// <summary>Row-major: the scores of all members for one row stand together.</summary>
        public float[] MemberScores { get; } = new float[BlockRows * owner._medians.Length];
    }
}
