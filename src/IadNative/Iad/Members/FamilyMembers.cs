using IadNative.Compute;

namespace IadNative.Iad.Members;

/// <summary>Several families as the members of each run: those of the first family, then those of the second, and so on.</summary>
internal sealed class FamilyMembers : IMembers
{
    private readonly IReadOnlyList<SessionMembers> _families;
    private readonly (SessionMembers Family, int Member)[] _members;

    /// <summary>Families with the same runs.</summary>
    public FamilyMembers(IReadOnlyList<SessionMembers> families)
    {
        _families = families;
        _members = [.. families.SelectMany(family => Enumerable.Range(0, family.Members).Select(member => (family, member)))];
    }

    public bool AreScoredUntrained => _families.Any(family => family.AreScoredUntrained);

    public void Prepare(int round, CancellationToken cancellationToken)
    {
        foreach (SessionMembers family in _families) family.Prepare(round, cancellationToken);
    }

    public void Begin(int round)
    {
        foreach (SessionMembers family in _families) family.Begin(round);
    }

    public void SetWeights(int run, int first, int count, ReadOnlySpan<float> weights)
    {
        for (int member = first, end = first + count; member < end;)
        {
            (SessionMembers family, int own) = _members[member];
            int here = Math.Min(end - member, family.Members - own);
            family.SetWeights(run, own, here, weights);
            member += here;
        }
    }

    public void Train(int round, CancellationToken cancellationToken)
    {
        foreach (SessionMembers family in _families) family.Train(round, cancellationToken);
    }

    public void Score()
    {
        foreach (SessionMembers family in _families) family.Score();
    }

    public void Score(int samples, MemberScoreReader read)
    {
        int next = 0;
        foreach (SessionMembers family in _families)
        {
            int first = next;
            family.Score(samples, (run, member, scores) => read(run, first + member, scores));
            next += family.Members;
        }
    }

    public void ReadScores(int run, int member, Span<float> scores) =>
        _members[member].Family.ReadScores(run, _members[member].Member, scores);

    public MemberFailure? Failure(int run)
    {
        int first = 0;
        foreach (SessionMembers family in _families)
        {
            if (family.Failure(run) is { } failure) return failure with { Member = first + failure.Member };
            first += family.Members;
        }

        return null;
    }

    public double Loss(int run, int member) => _members[member].Family.Loss(run, _members[member].Member);

    public void Freeze(int run)
    {
        foreach (SessionMembers family in _families) family.Freeze(run);
    }

    public void Keep(ReadOnlySpan<bool> runs, bool isBeside)
    {
        // All are copied out before any is kept.
        foreach (SessionMembers family in _families) family.TakeOut(runs);
        foreach (SessionMembers family in _families) family.KeepTakenOut(runs, isBeside);
    }

    public IReadOnlyList<ReplicaState> Kept(int run)
    {
        IReadOnlyList<ReplicaState>[] kept = [.. _families.Select(family => family.Kept(run))];
        int rounds = kept[0].Count / _families[0].Members;
        return [.. Enumerable.Range(0, rounds).SelectMany(round =>
            _families.Zip(kept).SelectMany(pair => pair.Second.Skip(round * pair.First.Members).Take(pair.First.Members)))];
    }

    public IReadOnlyList<ReplicaState> Export(int run) => [.. _families.SelectMany(family => family.Export(run))];

    public void Restore(int run)
    {
        foreach (SessionMembers family in _families) family.Restore(run);
    }

    public void Dispose()
    {
        foreach (SessionMembers family in _families) family.Dispose();
    }
}
