namespace IadNative.Metrics;

/// <summary>Spearman's rank correlation: Pearson's of the ranks, where equal scores have the average of theirs.</summary>
internal static class RankCorrelation
{
    /// <summary>Computes it.</summary>
    /// <param name="a">n scores, none NaN.</param>
    /// <param name="b">n others.</param>
    /// <returns>−1 to 1; NaN where all scores of one side are equal.</returns>
    /// <exception cref="ArgumentException">The lengths differ, or a score is NaN.</exception>
    public static double Compute(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        if (a.Length != b.Length) throw new ArgumentException($"{a.Length} scores need as many others, not {b.Length}.", nameof(b));
        double[] ranksA = CentredRanks(a), ranksB = CentredRanks(b);
        double product = 0, squaresA = 0, squaresB = 0;
        for (int i = 0; i < ranksA.Length; i++)
        {
            product += ranksA[i] * ranksB[i];
            squaresA += ranksA[i] * ranksA[i];
            squaresB += ranksB[i] * ranksB[i];
        }

        return squaresA == 0 || squaresB == 0 ? double.NaN : Math.Clamp(product / Math.Sqrt(squaresA * squaresB), -1, 1);
    }

    // Ranks less their mean.
    private static double[] CentredRanks(ReadOnlySpan<float> scores)
    {
        int[] order = new int[scores.Length];
        Ranking.Order(scores, order);
        double[] ranks = new double[scores.Length];
        for (int start = 0, end; start < order.Length; start = end)
        {
            for (end = start + 1; end < order.Length && scores[order[end]] == scores[order[start]]; end++)
            {
            }

            double rank = (start + end - order.Length) / 2.0;
            for (int k = start; k < end; k++) ranks[order[k]] = rank;
        }

        return ranks;
    }
}
