namespace IadNative.Bench.Detection;

/// <summary>
/// Which rows of a large data set are used: of its n₁ anomalies ⌊(m n₁ + n/2) / n⌋ where m rows are wanted, and of its normal rows as
/// many as are left; those with the smallest hashes of their place. <c>bench/baselines/sets.py</c> chooses the same ones.
/// </summary>
internal static class RowCut
{
    /// <summary>Chooses.</summary>
    /// <param name="labels">The n labels.</param>
    /// <param name="most">m: rows that are wanted.</param>
    /// <returns>Places of the rows, ascending; all where there are no more than wanted.</returns>
    public static int[] Choose(ReadOnlySpan<bool> labels, int most)
    {
        int[] all = new int[labels.Length];
        for (int i = 0; i < all.Length; i++) all[i] = i;
        if (all.Length <= most) return all;
        bool[] isAnomaly = labels.ToArray();
        int anomalies = (int)((((long)most * labels.Count(true)) + (all.Length / 2)) / all.Length);
        return
        [
            .. all.Where(row => isAnomaly[row]).OrderBy(Hash).Take(anomalies)
                .Concat(all.Where(row => !isAnomaly[row]).OrderBy(Hash).Take(most - anomalies)).Order(),
        ];
    }

    /// <summary>
    /// One step of SplitMix64 (Steele, Lea and Flood 2014): a bijection of the 64-bit numbers, so that no two places share a hash.
    /// </summary>
    public static ulong Hash(int place)
    {
        ulong value = (ulong)place + 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
