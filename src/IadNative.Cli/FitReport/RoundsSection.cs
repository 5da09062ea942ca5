using IadNative.Cli.Html;
using IadNative.Cli.Plots;
using IadNative.Detectors;
using IadNative.Iad;
using static System.FormattableString;

namespace IadNative.Cli.FitReport;

/// <summary>How training went from round to round.</summary>
internal static class RoundsSection
{
    /// <summary>Rank flips, AUC and loss, as pictures and as a table.</summary>
    public static Markup Create(FitResult result) => Page.Section("Rounds", Markup.Of($"""
        <p>Round 0 is the base model: all samples weigh the same. Every later round trains with weights that follow from the scores
        before it. A run keeps the round that {Rule(result)} selects.</p>
        {(result.Runs.Any(run => run.Rounds.Count > 1) ? Pictures.Row(Shown(result.Runs)) : Markup.Empty)}
        <details>
        <summary>The numbers of all rounds</summary>
        {result.Runs.Select(Table)}
        </details>
        """));

    private static string Rule(FitResult result) => result.Options.Training.Termination.ToString();

    private static IEnumerable<Markup> Shown(IReadOnlyList<RunReport> runs)
    {
        yield return Pictures.Show(RankFlipPlot.Draw(runs),
            "h counts the samples that crossed the middle rank since the round before. "
            + "Few flips mean that the ranks have settled.");
        if (runs.Any(run => run.BaseAuc is not null))
        {
            yield return Pictures.Show(AucPlot.Draw(runs),
                "How well each round's scores tell anomalies from normal samples. Labels are never trained on.");
        }

        yield return Pictures.Show(LossPlot.Draw(runs),
            "Mean weighted loss per sample in the last epoch. Weights differ from round to round, and so does the scale.");
    }

    private static Markup Table(RunReport run)
    {
        bool labelled = run.BaseAuc is not null;
        string[] labelColumns = labelled ? ["weight of normal", "weight of anomalies", "AUC %"] : [];
        return Tables.Grid(
            Invariant($"Seed {run.Seed}"),
            ["round", "h", "loss", "median score", "distinct scores", "Otsu ratio", "mean weight", .. labelColumns, "s",
                "remarks"],
            run.Rounds.Select(round => (string[])
            [
                Invariant($"{round.Round}"), Invariant($"{round.RankFlips:N0}"), FitDescription.Loss(round.Loss),
                Invariant($"{round.ScoreMedian:G4}"), Invariant($"{round.DistinctScores:N0}"), Invariant($"{round.OtsuRatio:F3}"),
                Invariant($"{round.WeightMean:F3}"),
                .. labelled
                    ? (string[])[Invariant($"{round.NormalWeightMean:F3}"), Invariant($"{round.AnomalyWeightMean:F3}"),
                        FitDescription.Percent(round.Auc)]
                    : [],
                Invariant($"{round.Seconds:F2}"), Remarks(round, run),
            ]));
    }

    private static string Remarks(RoundReport round, RunReport run) => string.Join(", ", new[]
    {
        round.Round == run.SelectedRound ? "selected" : null,
        round.Collapsed ? "collapsed" : null,
        round.DegenerateWeights ? "weights only 0, 0.5 and 1" : null,
    }.OfType<string>());
}
