using System.Collections.Concurrent;
using IadNative.Compute;
using IadNative.Compute.Cpu.Stacked;
using IadNative.Iad.Members;
using IadNative.Models;

namespace IadNative.Detectors;

/// <summary>
/// How detectors score that differ in their numbers alone: the plans of their networks, where scores of members go, and the buffers, which
/// whoever scores with one of them takes for as long as that lasts.
/// </summary>
internal sealed class ScoringPlan
{
    // Multiply-adds that are worth starting a thread for: some 40 us of them, where a thread takes a few to start.
    private const long OperationsPerThread = 2_000_000;

    private readonly ConcurrentBag<ScoringLease> _others = [];
    private ScoringLease? _idle;

    /// <summary>The plan of a detector.</summary>
    /// <param name="members">Its networks; those of a family stand together.</param>
    /// <param name="columns">Columns of a row.</param>
    /// <param name="features">Features of a prepared row.</param>
    /// <param name="mostThreads">Threads that a call scores with at most.</param>
    public ScoringPlan(IReadOnlyList<DetectorMember> members, int columns, int features, int mostThreads = int.MaxValue)
    {
        (Columns, Features) = (columns, features);
        MemberPart[] parts = [.. members.Select(member => member.Part)];
        IsCommittee = parts[0].Scale == MemberScale.Quartiles;
        IsAsItIs = MemberScores.IsAsItIs(parts);
        Families = [.. FamiliesOf(members).Select(
            family => new Family(family[0].Plan, family.Length, IsCommittee && StackedScorer.Suits(family[0].Plan, family.Length)))];
        _idle = new ScoringLease(this);
        int scores = 0;
        for (int i = 0; i < Families.Length; i++)
        {
            Families[i].Place = scores;
            scores += _idle.Stacks[i]?.ScoresPerRow(Families[i].Members) ?? Families[i].Members;
        }

        Scores = scores;
        Stride = IsCommittee ? MemberSum.Create(new MemberTerm[scores]).Stride : members.Count;
        bool addsUp = members.Count == 1 ? IsAsItIs : Array.TrueForAll(parts, part => part.Scale == MemberScale.DivideByMedian);
        Splits = addsUp && Array.TrueForAll(_idle.Scorers, scorer => scorer is { Splits: true });
        long operationsPerRow = Math.Max(1, Families.Select((family, i) => family.Members * _idle.MultiplyAddsPerRow(i)).Sum());
        Shares = new RowShares(
            Enumerable.Range(0, Families.Length).Max(_idle.GrainRows), (int)Math.Clamp(OperationsPerThread / operationsPerRow, 1, int.MaxValue), mostThreads);
    }

    /// <summary>Columns of a row.</summary>
    public int Columns { get; }

    /// <summary>Features of a prepared row.</summary>
    public int Features { get; }

    /// <summary>The families, in their order.</summary>
    public Family[] Families { get; }

    /// <summary>Whether members are brought to the scale of quartiles.</summary>
    public bool IsCommittee { get; }

    /// <summary>Whether the score is that of an only network as it is.</summary>
    public bool IsAsItIs { get; }

    /// <summary>Whether scores are sums over features.</summary>
    public bool Splits { get; }

    /// <summary>Scores that members have of a row, with those of lanes without a network.</summary>
    public int Scores { get; }

    /// <summary>Scores of members between those of two rows.</summary>
    public int Stride { get; }

    /// <summary>How rows are shared out to threads.</summary>
    public RowShares Shares { get; }

    /// <summary>Members by families: those of one are neighbours and share their plan.</summary>
    public static IEnumerable<DetectorMember[]> FamiliesOf(IReadOnlyList<DetectorMember> members)
    {
        for (int first = 0, end = 0; first < members.Count; first = end)
        {
            while (end < members.Count && ReferenceEquals(members[end].Plan, members[first].Plan)) end++;
            yield return [.. members.Skip(first).Take(end - first)];
        }
    }

    /// <summary>Takes buffers that nobody has: those of earlier calls, or new ones.</summary>
    public ScoringLease Take() => Interlocked.Exchange(ref _idle, null) ?? (_others.TryTake(out ScoringLease? lease) ? lease : new ScoringLease(this));

    /// <summary>Gives buffers back.</summary>
    public void Return(ScoringLease lease)
    {
        if (Interlocked.CompareExchange(ref _idle, lease, null) is not null) _others.Add(lease);
    }

    /// <summary>Networks of one plan.</summary>
    internal sealed class Family(Plan plan, int members, bool isStacked)
    {
        /// <summary>Their plan.</summary>
        public Plan Plan => plan;

        /// <summary>How many.</summary>
        public int Members => members;

        /// <summary>Whether they are scored together.</summary>
        public bool IsStacked => isStacked;

        /// <summary>Where among the scores of a row those of the family begin.</summary>
        public int Place { get; set; }
    }
}
