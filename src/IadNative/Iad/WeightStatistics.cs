using IadNative.Metrics;

namespace IadNative.Iad;

/// <summary>A summary of n importance weights.</summary>
/// <param name="Mean">Their mean.</param>
/// <param name="Median">Their median (mean of the two middle ones for even n).</param>
/// <param name="NormalMean">Mean over the samples labelled normal; null without labels.</param>
/// <param name="AnomalyMean">Mean over the samples labelled anomalous; null without labels.</param>
/// <param name="AreDegenerate">Whether they are 1, 0.5 and 0 because Eq. 12–14 could not be followed.</param>
internal readonly record struct WeightStatistics(
    double Mean, double Median, double? NormalMean, double? AnomalyMean, bool AreDegenerate)
{
    /// <summary>That of weights that are all 1.</summary>
    public static WeightStatistics Ones(bool[]? labels) => new(1, 1, labels is null ? null : 1, labels is null ? null : 1, false);

    /// <summary>That of any weights.</summary>
    public static WeightStatistics Of(ReadOnlySpan<float> weights, bool[]? labels, bool areDegenerate)
    {
        double all = 0, normal = 0, anomaly = 0; // the mean of all is not to depend on the labels, in no digit
        int anomalies = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            all += weights[i];
            if (labels?[i] is true)
            {
                anomaly += weights[i];
                anomalies++;
            }
            else
            {
                normal += weights[i];
            }
        }

        float[] sorted = weights.ToArray();
        Array.Sort(sorted);
        return new WeightStatistics(
            all / weights.Length, Quantiles.Linear(sorted, 0.5),
            labels is null ? null : normal / (weights.Length - anomalies), labels is null ? null : anomaly / anomalies,
            areDegenerate);
    }
}
