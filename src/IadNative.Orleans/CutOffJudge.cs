using Npgsql;

namespace IadNative.Orleans;

/// <summary>
/// Judges by a node's looks at the database, and by what others say, whether the node is cut off from it. A database that is slow for all must end no node:
/// the looks must fail for long, and others must reach it each time that one fails.
/// </summary>
/// <param name="patience">For how long looks fail before others are asked. Nodes that have different ones do not decide at once.</param>
internal sealed class CutOffJudge(Func<TimeSpan> patience)
{
    /// <summary>Others that are asked at a time.</summary>
    public const int Asked = 3;

    // So often, one after the other, others reach it after a look that failed; with the next that fails the node is cut off.
    private const int Agreements = 3;

    private TimeSpan? _patience;
    private int _agreements, _turn;

    /// <summary>What is to be done when a look has failed.</summary>
    public enum Verdict
    {
        /// <summary>Look again.</summary>
        Wait,

        /// <summary>Ask others.</summary>
        Ask,

        /// <summary>The node is cut off.</summary>
        CutOff,
    }

    /// <summary>Whether a look that failed was answered: the database was reached, and refused or was too slow.</summary>
    /// <param name="failure">What the look ended with.</param>
    public static bool IsAnswer(Exception failure)
    {
        for (Exception? cause = failure; cause is not null; cause = cause.InnerException)
        {
            if (cause is PostgresException) return true;
        }

        return false;
    }

    /// <summary>A look has reached the database.</summary>
    public void Reached() => (_patience, _agreements) = (null, 0);

    /// <summary>A look has not reached the database.</summary>
    /// <param name="since">For how long none has.</param>
    public Verdict Failed(TimeSpan since)
    {
        if (_agreements == Agreements) return Verdict.CutOff;
        return since > (_patience ??= patience()) ? Verdict.Ask : Verdict.Wait;
    }

    /// <summary>Those to ask, other ones each time.</summary>
    /// <param name="others">All others, in the same order each time.</param>
    public T[] Next<T>(IReadOnlyList<T> others)
    {
        int count = Math.Min(Asked, others.Count), first = others.Count == 0 ? 0 : _turn % others.Count;
        _turn = first + count;
        return [.. Enumerable.Range(first, count).Select(i => others[i % others.Count])];
    }

    /// <summary>Others have been asked whether they reach it.</summary>
    /// <param name="answers">What they say; null for one that says nothing.</param>
    public void Hear(IReadOnlyCollection<bool?> answers) =>
        _agreements = answers.Count(answer => answer == true) > answers.Count(answer => answer == false) ? _agreements + 1 : 0;
}
