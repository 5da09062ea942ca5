using IadNative.Data;
using IadNative.Metrics;

namespace IadNative.Detectors;

/// <summary>What a detector has to be seen beside: scores that took no learning.</summary>
internal static class Controls
{
    /// <summary>The squared distance of each prepared row from the mean of all, in float64 until the end.</summary>
    /// <param name="values">n × d raw features, row-major.</param>
    /// <param name="scaler">Prepares them.</param>
    /// <param name="passes">Is told of the two passes over the rows; null for nobody.</param>
    public static float[] Distances(Numbers<float> values, FeatureScaler scaler, RowPasses? passes = null)
    {
        int columns = scaler.Offset.Length, rows = (int)(values.Length / columns);
        double[] mean = new double[columns];
        foreach ((int first, int end) in RowPasses.Stretches(passes, rows))
        {
            for (int row = first; row < end; row++)
            {
                ReadOnlySpan<float> features = values.Slice((long)row * columns, columns);
                for (int j = 0; j < columns; j++) mean[j] += (features[j] - (double)scaler.Offset[j]) * scaler.Scale[j] / rows;
            }
        }

        float[] distances = new float[rows];
        foreach ((int first, int end) in RowPasses.Stretches(passes, rows))
        {
            for (int row = first; row < end; row++)
            {
                ReadOnlySpan<float> features = values.Slice((long)row * columns, columns);
                double sum = 0;
                for (int j = 0; j < columns; j++)
                {
                    double deviation = ((features[j] - (double)scaler.Offset[j]) * scaler.Scale[j]) - mean[j];
                    sum += deviation * deviation;
                }

                distances[row] = (float)Math.Min(sum, float.MaxValue);
            }
        }

        return distances;
    }

    /// <summary>How a control agrees with the detector.</summary>
    /// <param name="name">The control.</param>
    /// <param name="control">Its n scores.</param>
    /// <param name="scores">The detector's.</param>
    /// <param name="threshold">Scores of the detector above this are flagged.</param>
    /// <param name="labels">n labels of both kinds, or null.</param>
    public static ControlReport Compare(string name, float[] control, float[] scores, float threshold, bool[]? labels)
    {
        double correlation = RankCorrelation.Compute(control, scores);
        int[] order = new int[control.Length];
        Ranking.Order(control, order);
        int flagged = scores.Count(score => score > threshold);
        int shared = order[^flagged..].Count(sample => scores[sample] > threshold);
        return new ControlReport(
            name,
            labels is null ? null : RocAuc.Compute(control, labels, order),
            double.IsNaN(correlation) ? null : correlation,
            flagged == 0 ? null : (double)shared / flagged);
    }
}
