using System.Collections.Concurrent;

namespace IadNative.Iad.Members;

/// <summary>
/// The scores of a run's members on the scale of their quartiles. The mean of z over the members of a family is the family's
/// consensus; the weighted mean of these over all families is the score, that over the families that vote is what importance weights
/// follow. A member that failed, has no finite score or none that differ is neutral: 0 for every sample. Of all members' scores one
/// set of n is held at a time, and as many as there are threads while quartiles are sought; sums go in the order of members, so that
/// bits do not depend on threads.
/// </summary>
internal sealed class Committee
{
    private const int ChunkRows = 4096;

    private readonly IMembers _members;
    private readonly RoundSpec _spec;
    private readonly int _run;
    private readonly double[] _voteShares;
    private readonly double[] _sums, _votes;
    private readonly Lock _reading = new(); // members are not for several threads

    /// <summary>A run's committee.</summary>
    /// <param name="members">Whose scores are read.</param>
    /// <param name="spec">The families.</param>
    /// <param name="run">The run's number among those of the members.</param>
    public Committee(IMembers members, RoundSpec spec, int run)
    {
        (_members, _spec, _run) = (members, spec, run);
        double all = spec.Families.Sum(family => family.Weight);
        double voting = spec.Families.Where(family => family.Votes).Sum(family => family.Weight);
        Parts = [.. spec.Families.SelectMany(family => Enumerable.Repeat(
            new MemberPart(family.Scale, family.IsLogarithmic, 0, 0, family.Weight / all / family.Members), family.Members))];
        _voteShares = [.. spec.Families.SelectMany(family => Enumerable.Repeat(
            family.Votes ? family.Weight / voting / family.Members : 0, family.Members))];
        AllVote = spec.Families.All(family => family.Votes);
        _sums = new double[spec.Samples];
        _votes = AllVote ? [] : new double[spec.Samples];
        Consensus = AllVote ? [] : new float[spec.Samples];
    }

    /// <summary>How each member's scores become a part of the combined score, with the medians and widths of the last reading.</summary>
    public MemberPart[] Parts { get; }

    /// <summary>Whether the combined score is itself what importance weights follow.</summary>
    public bool AllVote { get; }

    /// <summary>n: the weighted mean over the families that vote; empty where all do.</summary>
    public float[] Consensus { get; }

    /// <summary>Members that were neutral in the last reading.</summary>
    public int Neutral => Parts.Count(part => part.Width == 0);

    /// <summary>Reads the scores that the members just made and combines them.</summary>
    /// <param name="scores">Receives n scores.</param>
    /// <returns>Whether any member that has a say has anything to say.</returns>
    public bool TryRead(float[] scores)
    {
        FindQuartiles();
        if (!Parts.Zip(_voteShares, (part, share) => part.Width > 0 && share > 0).Contains(true)) return false;
        Array.Clear(_sums);
        Array.Clear(_votes);
        for (int member = 0; member < Parts.Length; member++) Add(member, scores);
        for (int i = 0; i < scores.Length; i++) scores[i] = (float)_sums[i];
        for (int i = 0; i < Consensus.Length; i++) Consensus[i] = (float)_votes[i];
        return true;
    }

    private void FindQuartiles() => Parallel.For(
        0, Parts.Length, () => new float[_spec.Samples], (member, _, room) =>
        {
            lock (_reading)
            {
                if (!_members.HasFailed(_run, member)) _members.ReadScores(_run, member, room);
                else Array.Fill(room, float.NaN);
            }

            (double median, double width) = MemberPart.Quartiles(room, Parts[member].IsLogarithmic);
            Parts[member] = Parts[member] with { Median = median, Width = width };
            return room;
        },
        _ => { });

    // The scores' room is free until the sums are complete.
    private void Add(int member, float[] room)
    {
        MemberPart part = Parts[member];
        if (part.Width == 0) return;
        double voteShare = _voteShares[member];
        _members.ReadScores(_run, member, room);
        Parallel.ForEach(Partitioner.Create(0, room.Length, ChunkRows), range =>
        {
            for (int i = range.Item1; i < range.Item2; i++)
            {
                double z = part.Of(room[i]);
                _sums[i] += part.Share * z;
                if (!AllVote) _votes[i] += voteShare * z;
            }
        });
    }
}
