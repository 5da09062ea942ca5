using IadNative.Random;

namespace IadNative.Iad.Members;

/// <summary>Which rows a network of a run trains on.</summary>
internal static class MemberRows
{
    private const double EnsembleShare = 0.8;

    /// <summary>
    /// All n rows for a single network; ⌊0.8 n⌋ drawn without replacement for a member of an ensemble; never more than
    /// <paramref name="most"/>.
    /// </summary>
    /// <param name="key">Seed of the run.</param>
    /// <param name="member">The network's number within the run.</param>
    /// <param name="members">Networks of the run.</param>
    /// <param name="samples">n.</param>
    /// <param name="most">Rows at most; null for no limit.</param>
    public static int[] Draw(ulong key, int member, int members, int samples, int? most = null)
    {
        int count = Count(members, samples, most);
        if (count == samples) return [.. Enumerable.Range(0, samples)];
        ReadOnlySpan<int> permutation = new Permutation(samples).Draw(new RandomSequence(key, RandomPurpose.MemberRows, member));
        return permutation[..count].ToArray();
    }

    /// <summary>How many rows that are.</summary>
    public static int Count(int members, int samples, int? most) =>
        Math.Min(members == 1 ? samples : (int)(EnsembleShare * samples), most ?? samples);
}
