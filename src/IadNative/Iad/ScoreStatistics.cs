namespace IadNative.Iad;

/// <summary>Smallest, median and largest of a round's anomaly scores.</summary>
/// <param name="Min">s_min.</param>
/// <param name="Median">s_med: the middle score, or the mean of the two middle ones for even n.</param>
/// <param name="Max">s_max.</param>
internal readonly record struct ScoreStatistics(float Min, double Median, float Max)
{
    /// <summary>The statistics of scores in ascending order.</summary>
    /// <param name="scores">n ≥ 1 scores.</param>
    /// <param name="order">Their indices by ascending score.</param>
    public static ScoreStatistics Of(ReadOnlySpan<float> scores, ReadOnlySpan<int> order)
    {
        int n = order.Length;
        double median = ((double)scores[order[(n - 1) / 2]] + scores[order[n / 2]]) / 2;
        return new ScoreStatistics(scores[order[0]], median, scores[order[n - 1]]);
    }
}
