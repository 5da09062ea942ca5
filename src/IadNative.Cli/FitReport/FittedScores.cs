using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Metrics;

namespace IadNative.Cli.FitReport;

/// <summary>What a fitted detector says of its training data.</summary>
/// <param name="Scores">The n anomaly scores.</param>
/// <param name="Weights">The n importance weights that follow from them.</param>
/// <param name="Labels">True for anomalies; null without labels of both kinds.</param>
internal sealed record FittedScores(float[] Scores, float[] Weights, bool[]? Labels)
{
    /// <summary>Takes them from a fit.</summary>
    public static FittedScores Of(FitResult result, Dataset data)
    {
        AnomalyDetector detector = result.Detector;
        float[] scores = [.. result.DetectorScores];
        int[] order = new int[data.Rows];
        Ranking.Order(scores, order);
        var statistics = ScoreStatistics.Of(scores, order);
        float[] weights = new float[data.Rows];
        TrainingOptions training = detector.Options.Training;
        ImportanceWeights.Update(detector.Model.Weighs, scores, order, statistics, training.InverseTau, weights);
        return new FittedScores(scores, weights, data.Anomalies > 0 && data.Anomalies < data.Rows ? data.Labels : null);
    }
}
