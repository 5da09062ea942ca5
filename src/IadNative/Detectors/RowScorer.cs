using System.Collections.Concurrent;
using System.Numerics;
using System.Runtime.InteropServices;
using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Compute.Cpu.Scoring;
using IadNative.Compute.Cpu.Stacked;
using IadNative.Data;
using IadNative.Data.Preparation;
using IadNative.Iad.Members;
using IadNative.Models;

namespace IadNative.Detectors;

/// <summary>The folded networks of a detector, shared by all threads that score with it.</summary>
internal sealed class RowScorer
{
    // Multiply-adds that are worth starting a thread for: some 40 us of them, where a thread takes a few to start.
    private const long OperationsPerThread = 2_000_000;

    private readonly int _columns, _features;
    private readonly RowPreparation _preparation;
    private readonly ImageNormalization? _normalization;
    private readonly Family[] _families;
    private readonly MemberPart[] _members;
    private readonly MemberSum? _committee;
    private readonly float[] _reference;
    private readonly bool _splits;
    private readonly ConcurrentBag<Lease> _others = [];
    private Lease? _idle;

    /// <summary>A scorer.</summary>
    /// <param name="members">The networks; those of a family stand together.</param>
    /// <param name="preparation">Turns a row of the table into one of features.</param>
    /// <param name="normalization">What is done to images first; null for tables.</param>
    /// <param name="reference">A prepared row of typical features, which scores that are no sums over features are explained by.</param>
    /// <param name="mostThreads">Threads that a call scores with at most.</param>
    public RowScorer(
        IReadOnlyList<DetectorMember> members, RowPreparation preparation, ImageNormalization? normalization, float[] reference,
        int mostThreads = int.MaxValue)
    {
        (_columns, _features, _preparation) = (preparation.Columns.Count, preparation.Width, preparation);
        (_normalization, _reference) = (normalization, reference);
        _members = [.. members.Select(member => member.Part)];
        bool isCommittee = _members[0].Scale == MemberScale.Quartiles;
        DetectorMember[][] families = [.. Families(members)];
        _families = [.. families.Select(
            family => new Family(family[0].Plan, family.Length, isCommittee && StackedScorer.Suits(family[0].Plan, family.Length)))];
        _idle = new Lease(this);
        var terms = new List<MemberTerm>();
        for (int index = 0; index < families.Length; index++)
        {
            _families[index].Place = terms.Count;
            Fold(families[index], _families[index], _idle.Scorers[index], _idle.Stacks[index]);
            terms.AddRange(families[index].Select(member => Term(member.Part)));
            int scores = _idle.Stacks[index]?.ScoresPerRow(families[index].Length) ?? families[index].Length;
            while (terms.Count < _families[index].Place + scores) terms.Add(default);
        }

        _committee = isCommittee ? MemberSum.Create([.. terms]) : null;
        bool addsUp = _members.Length == 1
            ? MemberScores.IsAsItIs(_members)
            : Array.TrueForAll(_members, part => part.Scale == MemberScale.DivideByMedian);
        _splits = addsUp && Array.TrueForAll(_idle.Scorers, scorer => scorer is { Splits: true });
        long operationsPerRow = Math.Max(1, _families.Select((family, index) => family.Members * _idle.MultiplyAddsPerRow(index)).Sum());
        Shares = new RowShares(
            Enumerable.Range(0, _families.Length).Max(_idle.GrainRows),
            (int)Math.Clamp(OperationsPerThread / operationsPerRow, 1, int.MaxValue), mostThreads);
    }

    /// <summary>
    /// What contributions of a row sum to its score from: 0 where a score is a sum over features, else the score of the reference.
    /// </summary>
    public float ExplainedFrom
    {
        get
        {
            Span<float> score = stackalloc float[1];
            if (!_splits) ScorePrepared(_reference, score, threads: 1);
            return score[0];
        }
    }

    /// <summary>How rows are shared out to threads.</summary>
    public RowShares Shares { get; }

    /// <summary>
    /// Scores n rows of the table. The buffers of earlier calls are used again, so that one thread scores without allocating; calls at
    /// the same time make as many as there are of them. Many rows are shared out to up to <paramref name="threads"/> threads, 0 for
    /// one per core, which allocates.
    /// </summary>
    public void Score<T>(ReadOnlySpan<T> rows, Span<float> scores, int threads)
        where T : unmanaged, INumber<T> => Score(rows, arePrepared: false, scores, threads);

    /// <summary>Scores n rows that are prepared, of images normalised, and do not need to be again.</summary>
    public void ScorePrepared(ReadOnlySpan<float> rows, Span<float> scores, int threads) => Score(rows, arePrepared: true, scores, threads);

    /// <summary>
    /// What each column of n rows adds to the score. Where scores of all members are sums over features and stay so when they are
    /// combined, contributions sum to the score. Otherwise they sum to what it exceeds <see cref="ExplainedFrom"/>, the score of the
    /// reference, by: each member's do to what its own score exceeds that of the reference by, and are then brought to the scale on which
    /// members are combined.
    /// Buffers go as in scoring.
    /// </summary>
    public void Explain<T>(ReadOnlySpan<T> rows, Span<float> contributions)
        where T : unmanaged, INumber<T>
    {
        Lease lease = Take();
        int step = (_splits ? Lease.BlockRows : CpuScorer.ExplainedRows - 1) * _columns;
        for (int start = 0; start < rows.Length; start += step)
        {
            int count = Math.Min(step, rows.Length - start);
            ExplainColumns(lease, Prepare(lease, rows.Slice(start, count)), contributions.Slice(start, count));
        }

        Return(lease);
    }

    /// <summary>The same for a row that is prepared.</summary>
    public void ExplainPrepared(ReadOnlySpan<float> row, Span<float> contributions)
    {
        Lease lease = Take();
        ExplainColumns(lease, row, contributions);
        Return(lease);
    }

    private void ExplainColumns(Lease lease, ReadOnlySpan<float> prepared, Span<float> contributions)
    {
        if (!_splits) ExplainByReference(lease, prepared, contributions);
        else if (_features == _columns) ExplainBlock(lease, prepared, contributions);
        else ExplainEncoded(lease, prepared, contributions);
    }

    // A reference and a few rows go through every network together.
    private void ExplainByReference(Lease lease, ReadOnlySpan<float> prepared, Span<float> contributions)
    {
        const int most = CpuScorer.ExplainedRows - 1;
        int rows = prepared.Length / _features;
        for (int start = 0; start < rows; start += most)
        {
            int count = Math.Min(most, rows - start);
            Span<float> block = lease.Referred[..((count + 1) * _features)];
            _reference.CopyTo(block);
            prepared.Slice(start * _features, count * _features).CopyTo(block[_features..]);
            Span<float> own = contributions.Slice(start * _columns, count * _columns);
            if (IsPlain)
            {
                Span<float> differences = lease.Differences[..block.Length];
                lease.Scorers[0]!.Contributions(_families[0].Networks[0], block, differences);
                differences[_features..].CopyTo(own);
                foreach (ref float contribution in own) contribution = ToFinite(contribution);
            }
            else
            {
                Span<double> sums = lease.ContributionSums.AsSpan(0, block.Length);
                sums.Clear();
                AddDifferences(lease, block, sums);
                for (int i = 0; i < count; i++) AddUp(sums.Slice((i + 1) * _features, _features), own.Slice(i * _columns, _columns));
            }

            for (int i = 0; i < count; i++)
            {
                ReadOnlySpan<float> row = prepared.Slice((start + i) * _features, _features);
                if (!IsFinite(row)) ExplainBrokenRow(row, own.Slice(i * _columns, _columns));
            }
        }
    }

    // What the score of each member exceeds that of the reference by, on the scale of the others.
    private void AddDifferences(Lease lease, ReadOnlySpan<float> block, Span<double> sums)
    {
        int rows = block.Length / _features, stride = Stride;
        Span<float> factors = lease.Factors.AsSpan(0, rows * stride);
        if (_committee is { } committee)
        {
            ScoreMembers(lease, block, rows);
            committee.Chords(lease.MemberScores.AsSpan(0, rows * stride), factors);
        }

        for (int index = 0, member = 0; index < _families.Length; index++)
        {
            Family family = _families[index];
            if (family.Stack is { } networks)
                lease.Stacks[index]!.AddContributions(networks, block, _features, factors[family.Place..], stride, sums);
            for (int k = 0; k < family.Networks.Length; k++)
            {
                Span<float> own = lease.Differences[..(rows * family.Plan.Features)];
                lease.Scorers[index]!.Contributions(family.Networks[k], block, own);
                if (_committee is null)
                {
                    for (int row = 1; row < rows; row++) factors[(row * stride) + k] = FactorOf(_members[member + k]);
                }

                Span<float> ofMember = factors[(_committee is null ? k : family.Place + k)..];
                AddDifferences(own, family.Networks[k].Features.Columns, ofMember, stride, rows, sums);
            }

            member += family.Members;
        }
    }

    private float FactorOf(in MemberPart part)
    {
        if (MemberScores.IsAsItIs(_members)) return 1;
        return (float)((part.Scale == MemberScale.DivideByMedian ? 1 / part.Median : 1) / _members.Length);
    }

    private void AddDifferences(
        ReadOnlySpan<float> own, int[]? chosen, ReadOnlySpan<float> factors, int stride, int rows, Span<double> sums)
    {
        int width = own.Length / rows;
        for (int row = 1; row < rows; row++)
        {
            double factor = factors[row * stride];
            for (int j = 0; j < width; j++)
                sums[(row * _features) + (chosen is null ? j : chosen[j])] += ((double)own[(row * width) + j] - own[j]) * factor;
        }
    }

    private void AddUp(ReadOnlySpan<double> features, Span<float> contributions)
    {
        for (int feature = 0, next = 0; feature < features.Length; feature = next)
        {
            double sum = 0;
            int owner = _preparation.Owners[feature];
            for (; next < features.Length && _preparation.Owners[next] == owner; next++) sum += features[next];
            contributions[owner] = ToFinite((float)sum);
        }
    }

    // The contributions of a category's features belong to its column.
    private void ExplainEncoded(Lease lease, ReadOnlySpan<float> prepared, Span<float> contributions)
    {
        Span<float> features = lease.Contributions.AsSpan(0, prepared.Length);
        ExplainBlock(lease, prepared, features);
        contributions.Clear();
        for (int i = 0; i < features.Length; i++)
        {
            ref float sum = ref contributions[(i / _features * _columns) + _preparation.Owners[i % _features]];
            sum = ToFinite(sum + features[i]);
        }
    }

    private void ExplainBrokenRow(ReadOnlySpan<float> row, Span<float> contributions)
    {
        contributions.Clear();
        for (int feature = 0; feature < row.Length; feature++)
        {
            if (!float.IsFinite(row[feature])) contributions[_preparation.Owners[feature]] = float.MaxValue;
        }
    }

    /// <summary>Members by families: those of one are neighbours and share their plan.</summary>
    public static IEnumerable<DetectorMember[]> Families(IReadOnlyList<DetectorMember> members)
    {
        for (int first = 0, end = 0; first < members.Count; first = end)
        {
            while (end < members.Count && ReferenceEquals(members[end].Plan, members[first].Plan)) end++;
            yield return [.. members.Skip(first).Take(end - first)];
        }
    }

    private void Fold(DetectorMember[] members, Family family, CpuScorer? scorer, StackedScorer? stack)
    {
        family.Stack = stack?.CreateNetworks(members.Length);
        for (int k = 0; k < members.Length; k++)
        {
            var features = new FeatureView(_features, members[k].Features, members[k].Scaler);
            TrainedNetwork trained = members[k].Trained;
            if (family.Stack is { } networks)
            {
                networks.Fold(k, features, new TrainedNumbers(trained.Parameters, trained.Statistics, trained.State));
                continue;
            }

            family.Networks[k] = scorer!.CreateNetwork(features);
            family.Networks[k].Fold(trained.Parameters, trained.Statistics, trained.State);
        }
    }

    private static MemberTerm Term(MemberPart part) => new(part.IsLogarithmic, part.Median, part.Width, part.Share);

    private void Score<T>(ReadOnlySpan<T> rows, bool arePrepared, Span<float> scores, int threads)
        where T : unmanaged, INumber<T>
    {
        int parts = Shares.Parts(scores.Length, threads);
        if (parts == 1) ScoreHere(rows, arePrepared, scores);
        else ScoreInParts(rows, arePrepared, scores, parts);
    }

    private unsafe void ScoreInParts<T>(ReadOnlySpan<T> rows, bool arePrepared, Span<float> scores, int parts)
        where T : unmanaged, INumber<T>
    {
        int width = arePrepared ? _features : _columns, count = scores.Length;
        fixed (T* firstRow = rows)
        fixed (float* firstScore = scores)
        {
            (nint source, nint target) = ((nint)firstRow, (nint)firstScore);
            Parallel.For(0, parts, new ParallelOptions { MaxDegreeOfParallelism = parts }, part =>
            {
                (int start, int length) = Shares.Share(count, part, parts);
                ScoreHere(
                    new ReadOnlySpan<T>((T*)source + ((nint)start * width), length * width), arePrepared,
                    new Span<float>((float*)target + start, length));
            });
        }
    }

    private void ScoreHere<T>(ReadOnlySpan<T> rows, bool arePrepared, Span<float> scores)
        where T : unmanaged, INumber<T>
    {
        int width = arePrepared ? _features : _columns;
        Lease lease = Take();
        for (int start = 0; start < scores.Length; start += Lease.BlockRows)
        {
            int count = Math.Min(Lease.BlockRows, scores.Length - start);
            ReadOnlySpan<T> block = rows.Slice(start * width, count * width);
            ScoreBlock(
                lease, arePrepared ? MemoryMarshal.Cast<T, float>(block) : Prepare(lease, block), scores.Slice(start, count));
        }

        Return(lease);
    }

    /// <summary>The features of a block's rows as they go into the networks; images are normalised, each by itself.</summary>
    private ReadOnlySpan<float> Prepare<T>(Lease lease, ReadOnlySpan<T> rows)
        where T : unmanaged, INumber<T>
    {
        if (typeof(T) == typeof(float) && _preparation.IsIdentity) return Normalize(lease, MemoryMarshal.Cast<T, float>(rows));
        int count = rows.Length / _columns;
        Span<float> prepared = lease.Prepared.AsSpan(0, count * _features);
        for (int row = 0; row < count; row++)
            _preparation.Apply(rows.Slice(row * _columns, _columns), prepared.Slice(row * _features, _features), lease.Scratch);
        return Normalize(lease, prepared);
    }

    private Lease Take() => Interlocked.Exchange(ref _idle, null) ?? (_others.TryTake(out Lease? lease) ? lease : new Lease(this));

    private void Return(Lease lease)
    {
        if (Interlocked.CompareExchange(ref _idle, lease, null) is not null) _others.Add(lease);
    }

    private ReadOnlySpan<float> Normalize(Lease lease, ReadOnlySpan<float> rows)
    {
        if (_normalization is not { } normalization) return rows;
        Span<float> normalized = lease.Normalized.AsSpan(0, rows.Length);
        for (int start = 0; start < rows.Length; start += _features)
            ImageNormalizer.Apply(normalization, rows.Slice(start, _features), normalized.Slice(start, _features));
        return normalized;
    }

    private void ExplainBlock(Lease lease, ReadOnlySpan<float> rows, Span<float> contributions)
    {
        int members = _members.Length;
        if (IsPlain)
        {
            lease.Scorers[0]!.Contributions(_families[0].Networks[0], rows, contributions);
        }
        else
        {
            Span<double> sums = lease.ContributionSums.AsSpan(0, rows.Length);
            sums.Clear();
            for (int index = 0, member = 0; index < _families.Length; index++)
            {
                Family family = _families[index];
                Span<float> errors = lease.Errors.AsSpan(0, rows.Length / _features * family.Plan.Features);
                foreach (FoldedNetwork network in family.Networks)
                {
                    lease.Scorers[index]!.Contributions(network, rows, errors);
                    Add(errors, network.Features.Columns, members == 1 ? 1 : _members[member].Median, sums);
                    member++;
                }
            }

            for (int i = 0; i < sums.Length; i++) contributions[i] = (float)(sums[i] / members);
        }

        foreach (ref float contribution in contributions) contribution = ToFinite(contribution);
    }

    /// <summary>Adds errors, divided by a median, at the places of their features.</summary>
    private void Add(ReadOnlySpan<float> errors, int[]? chosen, double median, Span<double> sums)
    {
        if (chosen is null)
        {
            for (int i = 0; i < sums.Length; i++) sums[i] += errors[i] / median;
            return;
        }

        for (int i = 0; i < errors.Length; i++)
            sums[(i / chosen.Length * _features) + chosen[i % chosen.Length]] += errors[i] / median;
    }

    // One network on all columns, whose features are columns and whose score is the detector's.
    private bool IsPlain => MemberScores.IsAsItIs(_members) && _features == _columns && _families[0].Networks[0].Features.Columns is null;

    // Scores of members between those of two rows.
    private int Stride => _committee?.Stride ?? _members.Length;

    private static bool IsFinite(ReadOnlySpan<float> features)
    {
        foreach (float feature in features)
        {
            if (!float.IsFinite(feature)) return false;
        }

        return true;
    }

    private static float ToFinite(float score) => float.IsFinite(score) ? score : float.MaxValue;

    private void ScoreBlock(Lease lease, ReadOnlySpan<float> rows, Span<float> scores)
    {
        if (MemberScores.IsAsItIs(_members))
        {
            lease.Scorers[0]!.Score(_families[0].Networks[0], rows, scores);
            foreach (ref float score in scores) score = ToFinite(score);
            return;
        }

        ScoreMembers(lease, rows, scores.Length);
        if (_committee is { } committee)
        {
            // A committee has a score for every row, but none that is worth anything for one whose features are not all numbers.
            committee.Of(lease.MemberScores, scores);
            for (int i = 0; i < scores.Length; i++)
            {
                if (!IsFinite(rows.Slice(i * _features, _features))) scores[i] = float.MaxValue;
            }

            return;
        }

        int stride = Stride;
        for (int i = 0; i < scores.Length; i++)
            scores[i] = ToFinite(MemberScores.Combine(lease.MemberScores.AsSpan(i * stride, stride), _members));
    }

    private void ScoreMembers(Lease lease, ReadOnlySpan<float> rows, int count)
    {
        int stride = Stride;
        for (int index = 0; index < _families.Length; index++)
        {
            Family family = _families[index];
            if (family.Stack is { } networks)
            {
                lease.Stacks[index]!.Score(networks, rows, _features, lease.MemberScores.AsSpan(family.Place), stride);
                continue;
            }

            for (int k = 0; k < family.Members; k++)
            {
                lease.Scorers[index]!.Score(family.Networks[k], rows, lease.Scores.AsSpan(0, count));
                for (int i = 0; i < count; i++) lease.MemberScores[(i * stride) + family.Place + k] = lease.Scores[i];
            }
        }
    }

    /// <summary>The networks of one plan.</summary>
    private sealed class Family(Plan plan, int members, bool isStacked)
    {
        public Plan Plan => plan;

        public int Members => members;

        /// <summary>Whether they are scored together.</summary>
        public bool IsStacked => isStacked;

        /// <summary>Each of them, where they are scored one by one.</summary>
        public FoldedNetwork[] Networks { get; } = new FoldedNetwork[isStacked ? 0 : members];

        /// <summary>All of them, where they are scored together.</summary>
        public StackedNetworks? Stack { get; set; }

        /// <summary>Where among the scores of a row those of the family begin.</summary>
        public int Place { get; set; }
    }

    /// <summary>The buffers of one caller.</summary>
    private sealed class Lease(RowScorer owner)
    {
        public const int BlockRows = CpuScorer.BlockRows;

        private double[]? _contributionSums;
        private float[]? _prepared, _normalized, _errors, _contributions, _memberScores, _factors;
        private double[]? _scratch;

        /// <summary>One per family, null for those that are scored together.</summary>
        public CpuScorer?[] Scorers { get; } =
            [.. owner._families.Select(family => family.IsStacked ? null : CpuScorer.Create(family.Plan))];

        /// <summary>One per family, null for those that are scored one by one.</summary>
        public StackedScorer?[] Stacks { get; } =
            [.. owner._families.Select(family => family.IsStacked ? StackedScorer.Create(family.Plan) : null)];

        public float[] Scores { get; } = new float[BlockRows];

        /// <summary>The prepared rows of a block, made when first asked for.</summary>
        public float[] Prepared => _prepared ??= new float[BlockRows * owner._features];

        /// <summary>Room for a row's encoded features, made when first asked for.</summary>
        public double[] Scratch => _scratch ??= new double[owner._features];

        /// <summary>One contribution per feature of a block's rows, made when first asked for.</summary>
        public float[] Contributions => _contributions ??= new float[BlockRows * owner._features];

        /// <summary>A block's normalised images, made when first asked for.</summary>
        public float[] Normalized => _normalized ??= new float[BlockRows * owner._features];

        /// <summary>One squared error per feature of a block's rows, made when first asked for.</summary>
        public float[] Errors => _errors ??= new float[BlockRows * owner._features];

        /// <summary>One sum per feature of a block's rows, made when first asked for.</summary>
        public double[] ContributionSums =>
            _contributionSums ??= new double[(owner._splits ? BlockRows : CpuScorer.ExplainedRows) * owner._features];

        /// <summary>Row-major: the scores of all members for one row stand together. Made when first asked for.</summary>
        public float[] MemberScores => _memberScores ??= new float[BlockRows * owner.Stride];

        /// <summary>A reference and the rows that are compared with it, which leave room in a block for them.</summary>
        public Span<float> Referred =>
            Prepared.AsSpan(CpuScorer.ExplainedRows * owner._features, CpuScorer.ExplainedRows * owner._features);

        /// <summary>What a network's features add to its scores beyond those of the reference, behind these.</summary>
        public Span<float> Differences => Prepared.AsSpan(2 * CpuScorer.ExplainedRows * owner._features);

        /// <summary>How fast what a member adds rises with its score, laid out as scores of members; made when first asked for.</summary>
        public float[] Factors => _factors ??= new float[CpuScorer.ExplainedRows * owner.Stride];

        public long MultiplyAddsPerRow(int family) => Scorers[family]?.MultiplyAddsPerRow ?? Stacks[family]!.MultiplyAddsPerRow;

        public int GrainRows(int family) => Scorers[family]?.GrainRows ?? Stacks[family]!.GrainRows;
    }
}
