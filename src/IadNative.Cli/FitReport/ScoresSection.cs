using IadNative.Cli.Html;
using IadNative.Cli.Plots;
using IadNative.Detectors;
using static System.FormattableString;

namespace IadNative.Cli.FitReport;

/// <summary>The scores of the detector on its training data.</summary>
internal static class ScoresSection
{
    /// <summary>Their histogram and, with labels, ROC and precision-recall curves.</summary>
    public static Markup Create(AnomalyDetector detector, FittedScores fitted) =>
        Page.Section("Scores", Markup.Of($"""
            <p>Scores of the detector that was kept: seed {Invariant($"{detector.Seed}")}, round {Invariant($"{detector.Round}")}.</p>
            {Pictures.Row(Shown(detector, fitted))}
            """));

    private static IEnumerable<Markup> Shown(AnomalyDetector detector, FittedScores fitted)
    {
        yield return Pictures.Show(ScoreHistogram.Draw(fitted.Scores, fitted.Labels, detector.Threshold),
            "Scores right of the threshold are anomalies. The outermost bars also hold the few scores beyond them.");
        if (fitted.Labels is null) yield break;
        yield return Pictures.Show(RocPlot.Draw(fitted.Scores, fitted.Labels),
            "Anomalies found against false alarms, for every possible threshold.");
        yield return Pictures.Show(PrecisionRecallPlot.Draw(fitted.Scores, fitted.Labels),
            "How many of those found are anomalies, against how many of the anomalies are found.");
    }
}
