using IadNative.Random;

namespace IadNative.Iad.Members;

/// <summary>Which rows a network of a run trains on.</summary>
internal static class MemberRows
{
    private const double EnsembleShare = 0.8;

    /// <summary>All n rows for a single network; ⌊0.8 n⌋ drawn without replacement for a member of an ensemble.</summary>
    public static int[] Draw(ulong key, int member, int members, int samples)
    {
        if (members == 1) return [.. Enumerable.Range(0, samples)];
        ReadOnlySpan<int> permutation = new Permutation(samples).Draw(new RandomSequence(key, RandomPurpose.MemberRows, member));
        return permutation[..(int)(EnsembleShare * samples)].ToArray();
    }
}
