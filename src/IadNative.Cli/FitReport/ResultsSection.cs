using IadNative.Cli.Html;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using static System.FormattableString;

namespace IadNative.Cli.FitReport;

/// <summary>What a reader wants to know first.</summary>
internal static class ResultsSection
{
    /// <summary>Alarms, headline numbers and what they stand for.</summary>
    public static Markup Create(Dataset data, FitResult result, FittedScores fitted) => Page.Section("Results", Markup.Of($"""
        {Alarms(result.Alarms)}
        <dl class="cards">
        {Cards(data, result, fitted)}
        </dl>
        {(result.Iad is null ? Markup.Empty : Note(result.Iad, result.Untrained is not null))}
        {Tables.Facts("The detector",
            [
                ("Kept", FitDescription.Selection(result)),
                ("Detector", Invariant($"seed {result.Detector.Seed}, round {result.Detector.Round}")),
                ("Threshold",
                    Invariant($"{result.Detector.Threshold:G6} ({result.Options.Threshold}): scores above it are anomalies")),
                ("Trained on", Invariant($"{result.Device}, in {Durations.Format(TimeSpan.FromSeconds(result.Seconds))}")),
            ])}
        """));

    private static Markup Note(AucSummary auc, bool hasControl) => Markup.Of($"""
        <p class="note">AUC in percent on the training data{Spread(auc)}.
        {(hasControl ? "Untrained is the control: the same network before its first step." : "")}
        IAD-best is the best round, chosen with labels: for comparison only.</p>
        """);

    private static Markup Alarms(IReadOnlyList<Alarm> alarms) => alarms.Count == 0
        ? Markup.Of($"<p>No alarms: every run finished, and no detector gives nearly all samples the same score.</p>")
        : Markup.Of($"""
            <div class="alarms" role="alert">
            <strong>Alarms</strong>
            <ul>
            {alarms.Select(alarm => Markup.Of($"<li>{FitDescription.Alarm(alarm)}</li>"))}
            </ul>
            </div>
            """);

    private static IEnumerable<Markup> Cards(Dataset data, FitResult result, FittedScores fitted)
    {
        int distinct = result.Runs.Where(run => run.Rounds.Count > 0).Min(run => run.Rounds[run.SelectedRound].DistinctScores);
        int flagged = fitted.Scores.Count(score => result.Detector.IsAnomaly(score));
        if (result.Iad is not null)
        {
            if (result.Untrained is not null) yield return AucCard("Untrained", result.Untrained);
            yield return AucCard("Base", result.Base);
            yield return AucCard("IAD", result.Iad);
            yield return AucCard("IAD-best", result.IadBest);
        }

        yield return Card("Distinct scores", Invariant($"{distinct:N0}"),
            Invariant($"of {data.Rows:N0} samples") + (result.Runs.Count > 1 ? ", fewest of a run" : ""));
        yield return Card("Above the threshold", Invariant($"{flagged:N0}"),
            Invariant($"samples, {100.0 * flagged / data.Rows:F1}%"));
        if (result.AtThreshold is not { } quality) yield break;
        yield return Card("Precision", FitDescription.Percent(quality.Precision), "% of these are anomalies");
        yield return Card("Recall", FitDescription.Percent(quality.Recall), "% of the anomalies are these");
        yield return Card("F1", FitDescription.Percent(quality.F1), "% at the threshold");
    }

    private static Markup AucCard(string name, AucSummary? auc) => Card(name, Invariant($"{100 * auc?.Mean:F1}"),
        auc is { Count: > 1 } ? Invariant($"± {100 * auc.Std:F1} AUC %") : "AUC %");

    private static Markup Card(string name, string value, string remark) =>
        Markup.Of($"<div><dt>{name}</dt><dd>{value}</dd><dd>{remark}</dd></div>");

    private static string Spread(AucSummary auc) =>
        auc.Count == 1 ? "" : Invariant($", mean ± standard deviation over {auc.Count} seeds");
}
