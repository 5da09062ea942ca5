namespace IadNative.Fleet;

/// <summary>A share of a plan: the jobs whose number, divided by <see cref="Count"/>, leaves <see cref="Index"/>.</summary>
public readonly record struct Shard
{
    private readonly int _more;

    /// <summary>A share.</summary>
    /// <param name="index">Which, 0 to <paramref name="count"/> - 1.</param>
    /// <param name="count">Of how many, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such share.</exception>
    public Shard(int index, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, count);
        (Index, _more) = (index, count - 1);
    }

    /// <summary>The whole plan.</summary>
    public static Shard Whole => default;

    /// <summary>Which share, from 0.</summary>
    public int Index { get; }

    /// <summary>Of how many.</summary>
    public int Count => _more + 1;

    /// <summary>How many of so many jobs are its own.</summary>
    /// <param name="jobs">Jobs of the plan.</param>
    public long Of(long jobs) => jobs <= Index ? 0 : ((jobs - Index - 1) / Count) + 1;

    /// <summary>Such as <c>0/8</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{Index}/{Count}");
}
