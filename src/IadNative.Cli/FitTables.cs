using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Metrics;
using Spectre.Console;
using static System.FormattableString;

namespace IadNative.Cli;

/// <summary>What <c>iad fit</c> prints on standard output: a table of the rounds and a closing summary.</summary>
internal static class FitTables
{
    /// <summary>A table with one row per round: of one run, or over all runs.</summary>
    public static void WriteRounds(IAnsiConsole console, FitResult result)
    {
        bool labelled = result.Runs.Any(run => run.Rounds.Any(round => round.NormalWeightMean is not null));
        if (result.Runs is [var single])
        {
            console.Write(RoundsOfOneRun(single, labelled));
        }
        else
        {
            console.Write(RoundsOverRuns(result.Runs, labelled));
            console.WriteLine("h and median: medians over the runs; distinct: the fewest of a run; the rest: means.");
        }

        console.WriteLine();
    }

    /// <summary>The dataset, what was trained, what was selected, and every AUC beside its control.</summary>
    public static void WriteSummary(IAnsiConsole console, Dataset data, FitResult result, float threshold)
    {
        FitOptions options = result.Options;
        Grid grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(3)).AddColumn(new GridColumn());
        AddPair(grid, "Dataset", FitDescription.Data(data));
        AddPair(grid, "Model", FitDescription.Model(options));
        AddPair(grid, "Selected", FitDescription.Selection(result));
        AddPair(grid, "Threshold", Invariant($"{threshold:G6} ({options.Threshold}): scores above it are anomalies"));
        if (result.AtThreshold is { } quality) AddPair(grid, "At threshold", FitDescription.Quality(quality));
        foreach (ControlReport control in result.Controls)
            AddPair(grid, "Control", $"{FitDescription.Control(control)}: {FitDescription.Agreement(control)}");
        AddPair(grid, "Trained on", Invariant($"{result.Device}, in {Durations.Format(TimeSpan.FromSeconds(result.Seconds))}"));
        AddPair(grid, "Alarms",
            result.Alarms.Count == 0 ? "none" : string.Join('\n', result.Alarms.Select(FitDescription.Alarm)));
        console.Write(grid);
        if (result.Iad is null) return;
        console.WriteLine();
        console.Write(AucTable(data, result));
        console.WriteLine("* the best round, chosen with labels: for comparison only");
    }

    private static Table RoundsOfOneRun(RunReport run, bool labelled)
    {
        Table table = CreateTable(["round", "h", "loss", "median", "distinct", "otsu"], labelled, ["s", ""]);
        foreach (RoundReport round in run.Rounds)
        {
            AddRow(table, labelled,
                [
                    Invariant($"{round.Round}"), Invariant($"{round.RankFlips}"), FitDescription.Loss(round.Loss),
                    Invariant($"{round.ScoreMedian:G4}"), Invariant($"{round.DistinctScores:N0}"),
                Invariant($"{round.OtsuRatio:F3}"),
                ],
                [
                    Invariant($"{round.NormalWeightMean:F3}"), Invariant($"{round.AnomalyWeightMean:F3}"),
                    FitDescription.Percent(round.Auc),
                ],
                [Invariant($"{round.Seconds:F2}"), NoteOf(round, run)]);
        }

        return table;
    }

    private static string NoteOf(RoundReport round, RunReport run)
    {
        var notes = new List<string>();
        if (round.Round == run.SelectedRound) notes.Add("selected");
        if (round.Collapsed) notes.Add("collapsed");
        if (round.DegenerateWeights) notes.Add("0-1-weights");
        return string.Join(' ', notes);
    }

    private static Table RoundsOverRuns(IReadOnlyList<RunReport> runs, bool labelled)
    {
        Table table = CreateTable(["round", "runs", "h", "loss", "median", "distinct", "otsu"], labelled, ["s", "chosen"]);
        int rounds = runs.Max(run => run.Rounds.Count);
        for (int t = 0; t < rounds; t++)
        {
            RoundReport[] reports = [.. runs.Where(run => run.Rounds.Count > t).Select(run => run.Rounds[t])];
            int selected = runs.Count(run => run.SelectedRound == t);
            AddRow(table, labelled,
                [
                    Invariant($"{t}"), Invariant($"{reports.Length}"),
                    t == 0 ? "" : Invariant($"{Median(reports, r => r.RankFlips ?? 0):G6}"),
                    FitDescription.Loss(reports.Average(r => r.Loss)), Invariant($"{Median(reports, r => r.ScoreMedian):G4}"),
                    Invariant($"{reports.Min(r => r.DistinctScores):N0}"), Invariant($"{reports.Average(r => r.OtsuRatio):F3}"),
                ],
                [
                    Invariant($"{reports.Average(r => r.NormalWeightMean):F3}"),
                    Invariant($"{reports.Average(r => r.AnomalyWeightMean):F3}"), MeanAndStd(reports),
                ],
                [Invariant($"{reports.Max(r => r.Seconds):F2}"), selected == 0 ? "" : Invariant($"{selected}")]);
        }
        return table;
    }

    private static Table CreateTable(string[] first, bool labelled, string[] last)
    {
        var table = new Table { Border = TableBorder.None };
        string[] labelColumns = labelled ? ["w norm.", "w anom.", "AUC %"] : [];
        foreach (string name in (string[])[.. first, .. labelColumns, .. last])
        {
            var column = new TableColumn(name) { Padding = new Padding(0, 0, 1, 0) };
            table.AddColumn(name is "" ? column : column.RightAligned());
        }

        return table;
    }

    private static void AddRow(Table table, bool labelled, string[] first, string[] labelCells, string[] last) =>
        table.AddRow(((string[])[.. first, .. labelled ? labelCells : [], .. last]).Select(cell => new Text(cell)));

    private static Table AucTable(Dataset data, FitResult result)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumn("");
        string[] untrained = result.Untrained is null ? [] : [FitDescription.Percent(result.Untrained)];
        foreach (string name in (string[])["AUC %", .. untrained.Select(_ => "untrained %"), "distinct scores"])
            table.AddColumn(new TableColumn(name).RightAligned());
        Add("Base", result.Base, run => run.Rounds[0]);
        Add("IAD", result.Iad, run => run.Rounds[run.SelectedRound]);
        Add("IAD-Best*", result.IadBest, run => run.Rounds.MaxBy(round => round.Auc)!);
        return table;

        void Add(string name, AucSummary? auc, Func<RunReport, RoundReport> roundOf)
        {
            int distinct = result.Runs.Where(run => run.Rounds.Count > 0).Min(run => roundOf(run).DistinctScores);
            table.AddRow([name, FitDescription.Percent(auc), .. untrained, Invariant($"{distinct:N0} of {data.Rows:N0}")]);
        }
    }

    private static void AddPair(Grid grid, string name, string value) => grid.AddRow(new Text(name), new Text(value));

    private static string MeanAndStd(RoundReport[] reports)
    {
        double[] values = [.. reports.Where(r => r.Auc is not null).Select(r => r.Auc!.Value)];
        if (values.Length == 0) return "";
        MeanStd summary = MeanStd.Of(values);
        return FitDescription.Percent(new AucSummary(summary.Mean, summary.Std, [.. values]));
    }

    private static double Median(RoundReport[] reports, Func<RoundReport, double> value)
    {
        double[] sorted = [.. reports.Select(value).Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
