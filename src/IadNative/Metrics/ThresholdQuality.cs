namespace IadNative;

/// <summary>How well a threshold tells anomalies from normal samples that are known.</summary>
/// <param name="Flagged">Samples whose score lies above the threshold.</param>
/// <param name="Hits">Anomalies among these.</param>
/// <param name="Anomalies">Anomalies among all samples.</param>
public readonly record struct ThresholdQuality(long Flagged, long Hits, long Anomalies)
{
    /// <summary>The share of anomalies among the flagged samples, 0 to 1; null where none is flagged.</summary>
    public double? Precision => Flagged == 0 ? null : (double)Hits / Flagged;

    /// <summary>The share of flagged samples among the anomalies, 0 to 1; null where there is no anomaly.</summary>
    public double? Recall => Anomalies == 0 ? null : (double)Hits / Anomalies;

    /// <summary>
    /// The harmonic mean of precision and recall, 2·hits / (flagged + anomalies), 0 to 1; null where nothing is flagged and there is
    /// no anomaly.
    /// </summary>
    public double? F1 => Flagged + Anomalies == 0 ? null : 2.0 * Hits / (Flagged + Anomalies);

    /// <summary>Counts.</summary>
    /// <param name="scores">The n scores.</param>
    /// <param name="isAnomaly">The n labels.</param>
    /// <param name="threshold">Scores above this are flagged.</param>
    /// <exception cref="ArgumentException">The lengths differ, or a score or the threshold is NaN.</exception>
    public static ThresholdQuality Of(ReadOnlySpan<float> scores, ReadOnlySpan<bool> isAnomaly, float threshold)
    {
        if (isAnomaly.Length != scores.Length)
            throw new ArgumentException($"{scores.Length} scores need as many labels, not {isAnomaly.Length}.", nameof(isAnomaly));
        if (float.IsNaN(threshold)) throw new ArgumentException("The threshold is NaN; it must be a number.", nameof(threshold));
        long flagged = 0, hits = 0, anomalies = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            if (float.IsNaN(scores[i])) throw new ArgumentException($"Score {i} is NaN; scores must be numbers.", nameof(scores));
            bool isFlagged = scores[i] > threshold;
            if (isFlagged) flagged++;
            if (isAnomaly[i]) anomalies++;
            if (isFlagged && isAnomaly[i]) hits++;
        }

        return new ThresholdQuality(flagged, hits, anomalies);
    }
}
