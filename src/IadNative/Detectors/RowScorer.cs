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
    private readonly ScoringPlan _plan;
    private readonly RowPreparation _preparation;
    private readonly ImageNormalizer? _normalizer;
    private readonly Family[] _families;
    private readonly MemberPart[] _members;
    private readonly MemberSum? _committee;
    private readonly float[] _reference;

    /// <summary>A scorer.</summary>
    /// <param name="plan">How it scores; its families are those of the members.</param>
    /// <param name="members">The networks; those of a family stand together.</param>
    /// <param name="preparation">Turns a row of the table into one of features.</param>
    /// <param name="normalizer">What is done to images first; null for tables.</param>
    /// <param name="reference">
    /// A prepared row of typical features, which scores that are no sums over features are explained by; empty where nothing is explained.
    /// </param>
    public RowScorer(
        ScoringPlan plan, IReadOnlyList<DetectorMember> members, RowPreparation preparation, ImageNormalizer? normalizer, float[] reference)
    {
        (_plan, _preparation, _normalizer, _reference) = (plan, preparation, normalizer, reference);
        _members = [.. members.Select(member => member.Part)];
        _families = new Family[plan.Families.Length];
        MemberTerm[] terms = plan.IsCommittee ? new MemberTerm[plan.Scores] : [];
        ScoringLease lease = plan.Take();
        for (int index = 0, first = 0; index < _families.Length; index++)
        {
            DetectorMember[] family = [.. members.Skip(first).Take(plan.Families[index].Members)];
            _families[index] = Fold(family, lease.Scorers[index], lease.Stacks[index]);
            for (int k = 0; k < family.Length && plan.IsCommittee; k++) terms[plan.Families[index].Place + k] = Term(family[k].Part);
            first += family.Length;
        }

        plan.Return(lease);
        _committee = plan.IsCommittee ? MemberSum.Create(terms) : null;
    }

    /// <summary>The scorer of a detector that shares nothing with others.</summary>
    /// <param name="members">The networks; those of a family stand together.</param>
    /// <param name="preparation">Turns a row of the table into one of features.</param>
    /// <param name="normalizer">What is done to images first; null for tables.</param>
    /// <param name="reference">A prepared row of typical features.</param>
    /// <param name="mostThreads">Threads that a call scores with at most.</param>
    public static RowScorer Of(
        IReadOnlyList<DetectorMember> members, RowPreparation preparation, ImageNormalizer? normalizer, float[] reference,
        int mostThreads = int.MaxValue) =>
        new(new ScoringPlan(members, preparation.Columns.Count, preparation.Width, mostThreads), members, preparation, normalizer, reference);

    /// <summary>
    /// What contributions of a row sum to its score from: 0 where a score is a sum over features, else the score of the reference.
    /// </summary>
    public float ExplainedFrom
    {
        get
        {
            Span<float> score = stackalloc float[1];
            if (!_plan.Splits) ScorePrepared(_reference, score, threads: 1);
            return score[0];
        }
    }

    /// <summary>How rows are shared out to threads.</summary>
    public RowShares Shares => _plan.Shares;

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
        ScoringLease lease = _plan.Take();
        int step = (_plan.Splits ? ScoringLease.BlockRows : CpuScorer.ExplainedRows - 1) * _plan.Columns;
        for (int start = 0; start < rows.Length; start += step)
        {
            int count = Math.Min(step, rows.Length - start);
            ExplainColumns(lease, Prepare(lease, rows.Slice(start, count)), contributions.Slice(start, count));
        }

        _plan.Return(lease);
    }

    /// <summary>The same for a row that is prepared.</summary>
    public void ExplainPrepared(ReadOnlySpan<float> row, Span<float> contributions)
    {
        ScoringLease lease = _plan.Take();
        ExplainColumns(lease, row, contributions);
        _plan.Return(lease);
    }

    private void ExplainColumns(ScoringLease lease, ReadOnlySpan<float> prepared, Span<float> contributions)
    {
        if (!_plan.Splits) ExplainByReference(lease, prepared, contributions);
        else if (_plan.Features == _plan.Columns) ExplainBlock(lease, prepared, contributions);
        else ExplainEncoded(lease, prepared, contributions);
    }

    // A reference and a few rows go through every network together.
    private void ExplainByReference(ScoringLease lease, ReadOnlySpan<float> prepared, Span<float> contributions)
    {
        const int most = CpuScorer.ExplainedRows - 1;
        int rows = prepared.Length / _plan.Features;
        for (int start = 0; start < rows; start += most)
        {
            int count = Math.Min(most, rows - start);
            Span<float> block = lease.Referred[..((count + 1) * _plan.Features)];
            _reference.CopyTo(block);
            prepared.Slice(start * _plan.Features, count * _plan.Features).CopyTo(block[_plan.Features..]);
            Span<float> own = contributions.Slice(start * _plan.Columns, count * _plan.Columns);
            if (IsPlain)
            {
                Span<float> differences = lease.Differences[..block.Length];
                lease.Scorers[0]!.Contributions(_families[0].Networks[0], block, differences);
                differences[_plan.Features..].CopyTo(own);
                foreach (ref float contribution in own) contribution = ToFinite(contribution);
            }
            else
            {
                Span<double> sums = lease.ContributionSums.AsSpan(0, block.Length);
                sums.Clear();
                AddDifferences(lease, block, sums);
                for (int i = 0; i < count; i++) AddUp(sums.Slice((i + 1) * _plan.Features, _plan.Features), own.Slice(i * _plan.Columns, _plan.Columns));
            }

            for (int i = 0; i < count; i++)
            {
                ReadOnlySpan<float> row = prepared.Slice((start + i) * _plan.Features, _plan.Features);
                if (!IsFinite(row)) ExplainBrokenRow(row, own.Slice(i * _plan.Columns, _plan.Columns));
            }
        }
    }

    // What the score of each member exceeds that of the reference by, on the scale of the others.
    private void AddDifferences(ScoringLease lease, ReadOnlySpan<float> block, Span<double> sums)
    {
        int rows = block.Length / _plan.Features, stride = _plan.Stride;
        Span<float> factors = lease.Factors.AsSpan(0, rows * stride);
        if (_committee is { } committee)
        {
            ScoreMembers(lease, block, rows);
            committee.Chords(lease.MemberScores.AsSpan(0, rows * stride), factors);
        }

        for (int index = 0, member = 0; index < _families.Length; index++)
        {
            (Family family, ScoringPlan.Family shape) = (_families[index], _plan.Families[index]);
            if (family.Stack is { } networks)
                lease.Stacks[index]!.AddContributions(networks, block, _plan.Features, factors[shape.Place..], stride, sums);
            for (int k = 0; k < family.Networks.Length; k++)
            {
                Span<float> own = lease.Differences[..(rows * shape.Plan.Features)];
                lease.Scorers[index]!.Contributions(family.Networks[k], block, own);
                if (_committee is null)
                {
                    for (int row = 1; row < rows; row++) factors[(row * stride) + k] = FactorOf(_members[member + k]);
                }

                Span<float> ofMember = factors[(_committee is null ? k : shape.Place + k)..];
                AddDifferences(own, family.Networks[k].Features.Columns, ofMember, stride, rows, sums);
            }

            member += shape.Members;
        }
    }

    private float FactorOf(in MemberPart part)
    {
        if (_plan.IsAsItIs) return 1;
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
                sums[(row * _plan.Features) + (chosen is null ? j : chosen[j])] += ((double)own[(row * width) + j] - own[j]) * factor;
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
    private void ExplainEncoded(ScoringLease lease, ReadOnlySpan<float> prepared, Span<float> contributions)
    {
        Span<float> features = lease.Contributions.AsSpan(0, prepared.Length);
        ExplainBlock(lease, prepared, features);
        contributions.Clear();
        for (int i = 0; i < features.Length; i++)
        {
            ref float sum = ref contributions[(i / _plan.Features * _plan.Columns) + _preparation.Owners[i % _plan.Features]];
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

    private Family Fold(DetectorMember[] members, CpuScorer? scorer, StackedScorer? stack)
    {
        StackedNetworks? together = stack?.CreateNetworks(members.Length);
        var networks = new FoldedNetwork[stack is null ? members.Length : 0];
        for (int k = 0; k < members.Length; k++)
        {
            var features = new FeatureView(_plan.Features, members[k].Features, members[k].Scaler);
            TrainedNetwork trained = members[k].Trained;
            if (together is not null)
            {
                together.Fold(k, features, new TrainedNumbers(trained.Parameters, trained.Statistics, trained.State));
                continue;
            }

            networks[k] = scorer!.CreateNetwork(features);
            networks[k].Fold(trained.Parameters, trained.Statistics, trained.State);
            networks[k].Seal();
        }

        together?.Seal();
        return new Family(networks, together);
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
        int width = arePrepared ? _plan.Features : _plan.Columns, count = scores.Length;
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
        int width = arePrepared ? _plan.Features : _plan.Columns;
        ScoringLease lease = _plan.Take();
        for (int start = 0; start < scores.Length; start += ScoringLease.BlockRows)
        {
            int count = Math.Min(ScoringLease.BlockRows, scores.Length - start);
            ReadOnlySpan<T> block = rows.Slice(start * width, count * width);
            ScoreBlock(
                lease, arePrepared ? MemoryMarshal.Cast<T, float>(block) : Prepare(lease, block), scores.Slice(start, count));
        }

        _plan.Return(lease);
    }

    /// <summary>The features of a block's rows as they go into the networks; images are normalised, each by itself.</summary>
    private ReadOnlySpan<float> Prepare<T>(ScoringLease lease, ReadOnlySpan<T> rows)
        where T : unmanaged, INumber<T>
    {
        if (typeof(T) == typeof(float) && _preparation.IsIdentity) return Normalize(lease, MemoryMarshal.Cast<T, float>(rows));
        int count = rows.Length / _plan.Columns;
        Span<float> prepared = lease.Prepared.AsSpan(0, count * _plan.Features);
        for (int row = 0; row < count; row++)
            _preparation.Apply(rows.Slice(row * _plan.Columns, _plan.Columns), prepared.Slice(row * _plan.Features, _plan.Features), lease.Scratch);
        return Normalize(lease, prepared);
    }

    private ReadOnlySpan<float> Normalize(ScoringLease lease, ReadOnlySpan<float> rows)
    {
        if (_normalizer is null) return rows;
        Span<float> normalized = lease.Normalized.AsSpan(0, rows.Length);
        for (int start = 0; start < rows.Length; start += _plan.Features)
            _normalizer.Apply(rows.Slice(start, _plan.Features), normalized.Slice(start, _plan.Features));
        return normalized;
    }

    private void ExplainBlock(ScoringLease lease, ReadOnlySpan<float> rows, Span<float> contributions)
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
                (Family family, ScoringPlan.Family shape) = (_families[index], _plan.Families[index]);
                Span<float> errors = lease.Errors.AsSpan(0, rows.Length / _plan.Features * shape.Plan.Features);
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
            sums[(i / chosen.Length * _plan.Features) + chosen[i % chosen.Length]] += errors[i] / median;
    }

    // One network on all columns, whose features are columns and whose score is the detector's.
    private bool IsPlain => _plan.IsAsItIs && _plan.Features == _plan.Columns && _families[0].Networks[0].Features.Columns is null;

    private static bool IsFinite(ReadOnlySpan<float> features)
    {
        foreach (float feature in features)
        {
            if (!float.IsFinite(feature)) return false;
        }

        return true;
    }

    private static float ToFinite(float score) => float.IsFinite(score) ? score : float.MaxValue;

    private void ScoreBlock(ScoringLease lease, ReadOnlySpan<float> rows, Span<float> scores)
    {
        if (_plan.IsAsItIs)
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
                if (!IsFinite(rows.Slice(i * _plan.Features, _plan.Features))) scores[i] = float.MaxValue;
            }

            return;
        }

        int stride = _plan.Stride;
        for (int i = 0; i < scores.Length; i++)
            scores[i] = ToFinite(MemberScores.Combine(lease.MemberScores.AsSpan(i * stride, stride), _members));
    }

    private void ScoreMembers(ScoringLease lease, ReadOnlySpan<float> rows, int count)
    {
        int stride = _plan.Stride;
        for (int index = 0; index < _families.Length; index++)
        {
            (Family family, ScoringPlan.Family shape) = (_families[index], _plan.Families[index]);
            if (family.Stack is { } networks)
            {
                lease.Stacks[index]!.Score(networks, rows, _plan.Features, lease.MemberScores.AsSpan(shape.Place), stride);
                continue;
            }

            for (int k = 0; k < family.Networks.Length; k++)
            {
                lease.Scorers[index]!.Score(family.Networks[k], rows, lease.Scores.AsSpan(0, count));
                for (int i = 0; i < count; i++) lease.MemberScores[(i * stride) + shape.Place + k] = lease.Scores[i];
            }
        }
    }

    /// <summary>The networks of a family.</summary>
    /// <param name="Networks">Each of them, where they are scored one by one.</param>
    /// <param name="Stack">All of them, where they are scored together.</param>
    private readonly record struct Family(FoldedNetwork[] Networks, StackedNetworks? Stack);
}
