namespace IadNative.Metrics;

/// <summary>The condition on scores that are handed over already sorted.</summary>
internal static class SortedScores
{
    /// <summary>Refuses anything but at least one finite score in ascending order.</summary>
    /// <exception cref="ArgumentException">There is no score, one is not finite, or they do not ascend.</exception>
    public static void Require(ReadOnlySpan<float> sorted)
    {
        if (sorted.IsEmpty)
        {
            throw new ArgumentException("At least one score is needed.", nameof(sorted));
        }

        for (int i = 0; i < sorted.Length; i++)
        {
            if (!float.IsFinite(sorted[i]))
            {
                throw new ArgumentException($"Score {i} is {sorted[i]}; all scores must be finite.", nameof(sorted));
            }

            if (i > 0 && sorted[i] < sorted[i - 1])
            {
                throw new ArgumentException($"Scores {i - 1} and {i} descend; sort the scores first.", nameof(sorted));
            }
        }
    }
}
