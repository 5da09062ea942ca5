using IadNative.Cli.Html;
using IadNative.Data;
using IadNative.Messages;
using static System.FormattableString;

namespace IadNative.Cli.FitReport;

/// <summary>The training samples with the highest scores.</summary>
internal static class TopAnomaliesSection
{
    private const int Shown = 20, Contributions = 3;

    /// <summary>A table of them, with what contributed most where the data are at hand.</summary>
    public static Markup Create(Dataset data, FitResult result)
    {
        IReadOnlyList<float> scores = result.DetectorScores;
        int[] top = [.. Enumerable.Range(0, data.Rows).OrderByDescending(row => scores[row]).ThenBy(row => row).Take(Shown)];
        bool explains = result.Prepared is not null;
        return Page.Section("Top anomalies", Tables.Grid(
            Invariant($"The {top.Length} samples with the highest scores"),
            [
                "row", .. data.Ids is null ? (string[])[] : ["id"], "score", "percentile", "verdict",
                .. data.Labels is null ? (string[])[] : ["label"], .. explains ? (string[])["most of the score"] : [],
            ],
            top.Select(row => (string[])
            [
                Invariant($"{data.SourceRows[row] + 1}"), .. data.Ids is { } ids ? (string[])[ForeignText.Shorten(ids[row])] : [], Invariant($"{scores[row]:G6}"),
                Invariant($"{result.Detector.Percentile(scores[row]):F1}"), result.Detector.IsAnomaly(scores[row]) ? "anomaly" : "normal",
                .. data.Labels is { } labels ? (string[])[labels[row] ? "anomaly" : "normal"] : [],
                .. explains ? (string[])[Explain(result, row)] : [],
            ])));
    }

    private static string Explain(FitResult result, int row)
    {
        AnomalyDetector detector = result.Detector;
        float[] contributions = new float[detector.Features];
        detector.Scorer.ExplainPrepared(result.Prepared!.Row(row), contributions);

        // Shares of all that raises the score: contributions may be negative, and their sum may be.
        double sum = contributions.Sum(contribution => Math.Max(0, (double)contribution));
        return string.Join(", ", Enumerable.Range(0, contributions.Length).Where(column => contributions[column] > 0)
            .OrderByDescending(column => contributions[column]).Take(Contributions)
            .Select(column => Invariant($"{ForeignText.Shorten(detector.FeatureNames[column])} {100 * contributions[column] / sum:F0}%")));
    }
}
