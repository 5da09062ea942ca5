namespace IadNative.Iad;

/// <summary>The termination criterion of the paper (Eq. 15–16).</summary>
internal static class RankFlips
{
    /// <summary>
    /// h: samples whose rank lies below ⌈n/2⌉ in one of two rounds and above it in the other, both strictly.
    /// </summary>
    /// <param name="previous">Ranks 1 … n in the round before.</param>
    /// <param name="current">Ranks 1 … n in this round.</param>
    public static int Count(ReadOnlySpan<int> previous, ReadOnlySpan<int> current)
    {
        if (previous.Length != current.Length)
            throw new ArgumentException($"There are {previous.Length} ranks before but {current.Length} now.", nameof(current));
        int middle = (current.Length + 1) / 2;
        int flips = 0;
        for (int i = 0; i < current.Length; i++)
        {
            if ((previous[i] < middle && current[i] > middle) || (previous[i] > middle && current[i] < middle)) flips++;
        }

        return flips;
    }
}
