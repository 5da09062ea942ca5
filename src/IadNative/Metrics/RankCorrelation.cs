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
        double[] ranks = new double[a.Length];
        int[] order = new int[a.Length];
        Ranking.Order(a, order);
        double squaresA = 0, squaresB = 0, product = 0;
        foreach ((int start, int end, double rank) in new Ties(a, order))
        {
            squaresA += rank * rank * (end - start);
            for (int k = start; k < end; k++) ranks[order[k]] = rank;
        }

        Ranking.Order(b, order);
        foreach ((int start, int end, double rank) in new Ties(b, order))
        {
            squaresB += rank * rank * (end - start);
            for (int k = start; k < end; k++) product += ranks[order[k]] * rank;
        }

        return squaresA == 0 || squaresB == 0 ? double.NaN : Math.Clamp(product / Math.Sqrt(squaresA * squaresB), -1, 1);
    }

    /// <summary>The runs of equal scores in ascending order, with their average rank less the mean of all ranks.</summary>
    private ref struct Ties(ReadOnlySpan<float> scores, ReadOnlySpan<int> order)
    {
        private readonly ReadOnlySpan<float> _scores = scores;
        private readonly ReadOnlySpan<int> _order = order;
        private int _start, _end;

        public readonly (int Start, int End, double Rank) Current => (_start, _end, (_start + _end - _order.Length) / 2.0);

        public readonly Ties GetEnumerator() => this;

        public bool MoveNext()
        {
            _start = _end;
            if (_start == _order.Length) return false;
            for (_end = _start + 1; _end < _order.Length && _scores[_order[_end]] == _scores[_order[_start]]; _end++)
            {
            }

            return true;
        }
    }
}
