using System.Runtime.InteropServices;
using IadNative.Metrics;

namespace IadNative.Iad;

/// <summary>A summary of n importance weights.</summary>
/// <param name="Mean">Their mean.</param>
/// <param name="Median">Their median (mean of the two middle ones for even n).</param>
/// <param name="Labelled">The same by label; null without labels.</param>
/// <param name="AreDegenerate">Whether they are 1, 0.5 and 0 because Eq. 12–14 could not be followed.</param>
internal readonly record struct WeightStatistics(double Mean, double Median, LabelledWeights? Labelled, bool AreDegenerate)
{
    /// <summary>That of weights that are all 1.</summary>
    public static WeightStatistics Ones(bool[]? labels) => new(1, 1, labels is null ? null : new LabelledWeights(1, 1, 1, 1), false);

    /// <summary>That of any weights.</summary>
    public static WeightStatistics Of(ReadOnlySpan<float> weights, bool[]? labels, bool areDegenerate)
    {
        (double mean, double median) = MeanAndMedian(weights); // not to depend on the labels, in no digit
        return new WeightStatistics(mean, median, labels is null ? null : ByLabel(weights, labels), areDegenerate);
    }

    private static LabelledWeights ByLabel(ReadOnlySpan<float> weights, bool[] labels)
    {
        List<float> normal = [], anomalous = [];
        for (int i = 0; i < weights.Length; i++) (labels[i] ? anomalous : normal).Add(weights[i]);
        (double normalMean, double normalMedian) = MeanAndMedian(CollectionsMarshal.AsSpan(normal));
        (double anomalyMean, double anomalyMedian) = MeanAndMedian(CollectionsMarshal.AsSpan(anomalous));
        return new LabelledWeights(normalMean, normalMedian, anomalyMean, anomalyMedian);
    }

    private static (double Mean, double Median) MeanAndMedian(ReadOnlySpan<float> weights)
    {
        double sum = 0;
        foreach (float weight in weights) sum += weight;
        float[] sorted = weights.ToArray();
        Array.Sort(sorted);
        return (sum / weights.Length, Quantiles.Linear(sorted, 0.5));
    }
}

/// <summary>A summary of importance weights by label, where there are both labels.</summary>
/// <param name="NormalMean">Mean over the samples labelled normal.</param>
/// <param name="NormalMedian">Median over the samples labelled normal.</param>
/// <param name="AnomalyMean">Mean over the samples labelled anomalous.</param>
/// <param name="AnomalyMedian">Median over the samples labelled anomalous.</param>
internal readonly record struct LabelledWeights(double NormalMean, double NormalMedian, double AnomalyMean, double AnomalyMedian);
