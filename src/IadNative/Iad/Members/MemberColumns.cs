using IadNative.Random;

namespace IadNative.Iad.Members;

/// <summary>Which features a network sees that has some of its own.</summary>
internal static class MemberColumns
{
    /// <summary>Some of the features, drawn without replacement and in random order; all of them where there are not more.</summary>
    /// <param name="key">Seed of the run.</param>
    /// <param name="member">The network's number within the run.</param>
    /// <param name="pool">What is drawn from: places in a row.</param>
    /// <param name="count">How many.</param>
    public static int[] Draw(ulong key, int member, int[] pool, int count)
    {
        ReadOnlySpan<int> permutation = new Permutation(pool.Length).Draw(new RandomSequence(key, RandomPurpose.MemberColumns, member));
        int[] drawn = new int[Math.Min(count, pool.Length)];
        for (int j = 0; j < drawn.Length; j++) drawn[j] = pool[permutation[j]];
        return drawn;
    }
}
