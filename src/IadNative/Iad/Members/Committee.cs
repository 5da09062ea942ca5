using System.Buffers;

namespace IadNative.Iad.Members;

/// <summary>
/// The scores of a run's members on the scale of their quartiles. The mean of z over the members of a family is the family's
/// consensus; the weighted mean of these over all families is the score, that over the families that vote is what importance weights
/// follow. A member that has no finite score or none that differ is neutral: 0 for every sample. Members' scores come one
/// after the other or side by side, in any order, and are not kept: z is rounded to a multiple of 2⁻⁴⁰, of which sums are exact, so
/// that no bit depends on the order.
/// </summary>
internal sealed class Committee
{
    private const int ChunkRows = 4096;
    private const double One = 1L << 40;

    private readonly RoundSpec _spec;
    private readonly long[][] _sums; // per family
    private readonly Lock[] _chunks;

    /// <summary>A run's committee.</summary>
    /// <param name="spec">The families.</param>
    public Committee(RoundSpec spec)
    {
        _spec = spec;
        double all = spec.Families.Sum(family => family.Weight);
        Parts = [.. spec.Families.SelectMany(family => Enumerable.Repeat(
            new MemberPart(family.Scale, family.IsLogarithmic, 0, 0, family.Weight / all / family.Members), family.Members))];
        AllVote = spec.Families.All(family => family.Votes);
        _sums = [.. spec.Families.Select(_ => new long[spec.Samples])];
        _chunks = [.. Enumerable.Range(0, (spec.Samples + ChunkRows - 1) / ChunkRows).Select(_ => new Lock())];
        Consensus = AllVote ? [] : new float[spec.Samples];
    }

    /// <summary>How each member's scores become a part of the combined score, with the medians and widths of the last scores.</summary>
    public MemberPart[] Parts { get; }

    /// <summary>Whether the combined score is itself what importance weights follow.</summary>
    public bool AllVote { get; }

    /// <summary>n: the weighted mean over the families that vote; empty where all do.</summary>
    public float[] Consensus { get; }

    /// <summary>Members that were neutral in the last scores.</summary>
    public int Neutral => Parts.Count(part => part.Width == 0);

    /// <summary>Forgets all scores.</summary>
    public void Clear()
    {
        foreach (long[] sums in _sums) Array.Clear(sums);
        for (int member = 0; member < Parts.Length; member++) Parts[member] = Parts[member] with { Median = 0, Width = 0 };
    }

    /// <summary>Adds the n scores of a member. Members may be added by several threads at once.</summary>
    public void Add(int member, ReadOnlySpan<float> scores)
    {
        float[] room = ArrayPool<float>.Shared.Rent(scores.Length);
        scores.CopyTo(room);
        MemberPart part = Parts[member];
        (double median, double width) = MemberPart.Quartiles(room.AsSpan(0, scores.Length), part.IsLogarithmic);
        ArrayPool<float>.Shared.Return(room);
        part = Parts[member] = part with { Median = median, Width = width };
        if (width == 0) return;
        long[] sums = _sums[FamilyOf(member)];
        for (int i = 0; i < _chunks.Length; i++)
        {
            // Not all begin with the same chunk, to wait for each other.
            int chunk = (member + i) % _chunks.Length, first = chunk * ChunkRows, end = Math.Min(scores.Length, first + ChunkRows);
            lock (_chunks[chunk])
            {
                for (int row = first; row < end; row++) sums[row] += (long)Math.Round(part.Of(scores[row]) * One);
            }
        }
    }

    /// <summary>Combines the scores of all members that were added.</summary>
    /// <param name="scores">Receives n scores.</param>
    /// <returns>Whether any member that has a say has anything to say.</returns>
    public bool TryCombine(Span<float> scores)
    {
        int first = 0;
        bool isAny = false;
        foreach (FamilyScores family in _spec.Families)
        {
            isAny |= family is { Votes: true, Weight: > 0 } && Parts.AsSpan(first, family.Members).ToArray().Any(part => part.Width > 0);
            first += family.Members;
        }

        if (!isAny) return false;
        Combine(scores, _ => true);
        if (!AllVote) Combine(Consensus, family => family.Votes);
        return true;
    }

    private void Combine(Span<float> scores, Func<FamilyScores, bool> counts)
    {
        double all = _spec.Families.Where(counts).Sum(family => family.Weight);
        double[] shares =
            [.. _spec.Families.Select(family => counts(family) ? family.Weight / all / family.Members / One : 0)];
        for (int i = 0; i < scores.Length; i++)
        {
            double sum = 0;
            for (int family = 0; family < shares.Length; family++) sum += shares[family] * _sums[family][i];
            scores[i] = (float)sum;
        }
    }

    private int FamilyOf(int member)
    {
        int family = 0;
        for (int end = _spec.Families[0].Members; member >= end; end += _spec.Families[family].Members) family++;
        return family;
    }
}
