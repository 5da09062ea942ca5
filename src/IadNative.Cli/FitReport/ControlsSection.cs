using IadNative.Cli.Html;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using static System.FormattableString;

namespace IadNative.Cli.FitReport;

/// <summary>What the results have to be seen beside.</summary>
internal static class ControlsSection
{
    /// <summary>Of more runs, the rounds of the first are listed.</summary>
    private const int MostRuns = 20;

    /// <summary>Every result beside its controls, and what each termination rule selects.</summary>
    public static Markup Create(Dataset data, FitResult result)
    {
        RunReport[] runs = [.. result.Runs.Where(run => run.Rounds.Count > 0)];
        return Page.Section("Controls", Markup.Of($"""
            {Beside(data, result, runs)}
            {Agreement(result)}
            {Rules(result, runs)}
            """));
    }

    private static Markup Beside(Dataset data, FitResult result, RunReport[] runs)
    {
        bool labelled = result.Iad is not null;
        string[] untrained = result.Untrained is null ? [] : [FitDescription.Percent(result.Untrained)];
        return Tables.Grid(
            "Results beside their controls",
            ["", .. labelled ? (string[])["AUC %"] : [], .. untrained.Select(_ => "untrained %"), "distinct scores"],
            [
                Row("Base", result.Base, run => run.Rounds[0]),
                Row("IAD", result.Iad, run => run.Rounds[run.SelectedRound]),
                .. labelled ? (string[][])[Row("IAD-best", result.IadBest, run => run.Rounds.MaxBy(round => round.Auc)!)] : [],
            ]);

        string[] Row(string name, AucSummary? auc, Func<RunReport, RoundReport> roundOf) =>
        [
            name,
            .. labelled ? (string[])[FitDescription.Percent(auc)] : [], .. untrained,
            Invariant($"{runs.Min(run => roundOf(run).DistinctScores):N0} of {data.Rows:N0}"),
        ];
    }

    private static Markup Agreement(FitResult result) => Tables.Grid(
        "How controls that learned nothing agree with the detector",
        ["control", .. result.AtThreshold is null ? (string[])[] : ["AUC %"], "rank correlation", "% of the flagged among its highest"],
        result.Controls.Select(control => (string[])
        [
            FitDescription.Control(control),
            .. result.AtThreshold is null ? (string[])[] : [FitDescription.Percent(control.Auc)],
            Invariant($"{control.RankCorrelation:F2}"), Invariant($"{100 * control.SharedFlagged:F0}"),
        ]));

    private static Markup Rules(FitResult result, RunReport[] runs)
    {
        bool labelled = result.Iad is not null;
        return Tables.Grid(
            "What each termination rule would select",
            ["rule", "rounds", .. labelled ? (string[])["mean AUC %"] : []],
            runs[0].SelectedBy.Keys.Select(rule => (string[])
            [
                rule,
                string.Join(", ", runs.Take(MostRuns).Select(run => Invariant($"{run.SelectedBy[rule]}")))
                    + (runs.Length > MostRuns ? ", ..." : ""),
                .. labelled
                    ? (string[])[FitDescription.Percent(runs.Average(run => run.Rounds[run.SelectedBy[rule]].Auc))]
                    : [],
            ]));
    }
}
