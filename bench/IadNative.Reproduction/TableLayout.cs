
using static System.FormattableString;

namespace IadNative.Reproduction;

/// <summary>Results as one table of text, the same on standard output, in Markdown and in HTML.</summary>
/// <param name="Caption">What it shows.</param>
/// <param name="Columns">Its columns, the first of which names the rows.</param>
/// <param name="Rows">Its rows, in the order of the columns.</param>
/// <param name="Note">What its marks mean; may be empty.</param>
internal sealed record TableLayout(
    string Caption, IReadOnlyList<TableColumn> Columns, IReadOnlyList<IReadOnlyList<string>> Rows, string Note)
{
    private static readonly TableColumn[] s_cells =
    [
        new("model"), new("data set"), new("anomalies"), new(""), new("AUC %", ColumnKind.Number),
        new("paper %", ColumnKind.Number), new("difference", ColumnKind.Number), new("untrained %", ColumnKind.Number),
    ];

    private static readonly TableColumn[] s_methods =
    [
        new("method"), new("data set"), new("anomalies"), new("AUC %", ColumnKind.Number), new("paper %", ColumnKind.Number),
        new("difference", ColumnKind.Number), new("reference %", ColumnKind.Number), new("initial %", ColumnKind.Number),
        new("rounds %", ColumnKind.Number), new("untrained %", ColumnKind.Number), new("distance %", ColumnKind.Number),
    ];

    private static readonly TableColumn[] s_settings =
    [
        new("model"), new("settings", ColumnKind.Code), new("distance %", ColumnKind.Number),
        new("near the paper", ColumnKind.Number), new("IAD above Base", ColumnKind.Number), new("missing", ColumnKind.Number),
        new("stopped", ColumnKind.Number),
    ];

    /// <summary>The results of a report: settings where they are ranked; otherwise methods as the paper compares them, and cells.</summary>
    public static IReadOnlyList<TableLayout> Of(ReproductionReport report)
    {
        if (report.Ranking is { } ranking) return [OfSettings(ranking)];
        CellSummary[] methods = [.. report.Cells.Where(cell => cell.Method is not null)];
        CellSummary[] cells = [.. report.Cells.Where(cell => cell.Method is null)];
        if (methods.Length == 0) return [OfCells(cells, report.FirstSeed)];
        TableLayout compared = OfMethods(methods, report.FirstSeed);
        if (cells.Length == 0) return [compared];
        TableLayout beside = OfCells(cells, report.FirstSeed);
        return [compared, beside with { Caption = $"Not of the paper: IAD around its competitors. {beside.Caption}" }];
    }

    /// <summary>Settings, in this order.</summary>
    public static TableLayout OfSettings(IReadOnlyList<RankedSetting> settings) => new(
        "Settings, the nearest to the paper first; those with a training that stopped last", s_settings,
        [.. settings.Select(setting => (string[])
        [
            setting.Model, setting.Settings, Invariant($"{100 * setting.Distance:F2}"), Invariant($"{setting.Within}"),
            Invariant($"{setting.Improved}"), Invariant($"{setting.Missing}"), Invariant($"{setting.Stopped}"),
        ])], "");

    /// <summary>The methods of Table VI beside the paper, another implementation, what they start from and the controls.</summary>
    private static TableLayout OfMethods(IReadOnlyList<CellSummary> cells, ulong firstSeed) => new(
        CaptionOf(firstSeed), s_methods, [.. cells.Select(RowOf)],
        "! farther from the paper than max(1 point, 2 of its standard deviations), or from the reference than max(2 points, 2 of its). "
            + "SB Deep SVDD and OneFlow are given the true share of anomalies as ν and α, as in the paper; nobody has it in use. What the "
            + "paper leaves open was chosen by nearness to its numbers, on labelled data: agreement is in part by construction. Reference "
            + "is another implementation with the same settings, on seeds that took no part in the choice. Initial is what a method "
            + "starts from: of SDOR the autoencoder that gives the first labels, of DAGPR the first fit, of IAD round 0. Rounds are the "
            + "iterations of SDOR, and the first fit and the refits of DAGPR. Untrained and distance are the controls: the same "
            + "network before its first step, and the squared distance of the features from their mean."
            + Unfinished(cells, cell => cell.Method!));

    private static string[] RowOf(CellSummary cell)
    {
        // Of SDOR the network before its first step is a detector that was trained.
        bool startsFromLabels = cell.Model == "sdor";
        bool hasRounds = cell.Rounds.Count > 1;
        bool keepsLast = hasRounds && cell.Cell.Settings.Training.Termination == TerminationCriterion.Last;
        return
        [
            cell.Method!, cell.Dataset, ShareOf(cell), $"{Percent(cell.Iad)}{MarkOf(cell)}".Trim(), Percent(cell.Paper?.Iad),
            Difference(cell.Iad, cell.Paper?.Iad),
            Percent(cell.Reference) + (cell.Reference is { } other && !Agreement.IsWithinReference(cell.Iad, other) ? " !" : ""),
            Percent(startsFromLabels ? cell.Untrained : hasRounds ? cell.Base : null),
            keepsLast ? string.Join(' ', cell.Rounds.Select(Mean)) : "", Mean(startsFromLabels ? null : cell.Untrained), Mean(cell.Distance),
        ];
    }

    /// <summary>Our numbers beside the paper's: three rows a cell.</summary>
    private static TableLayout OfCells(IReadOnlyList<CellSummary> cells, ulong firstSeed)
    {
        bool ensembles = cells.Select(cell => cell.Ensemble).Distinct().Count() > 1;
        bool temperatures = cells.Select(cell => cell.InverseTau).Distinct().Count() > 1;
        string note = "* the best round, chosen with labels: for comparison only. ! farther from the paper than max(1 point, "
            + "2 of its standard deviations). Untrained is the control: the same network before its first step.";
        return new TableLayout(
            CaptionOf(firstSeed), s_cells, [.. cells.SelectMany(cell => RowsOf(cell, ensembles, temperatures))],
            note + Unfinished(cells, cell => NameOf(cell, ensembles, temperatures)));
    }

    private static string CaptionOf(ulong firstSeed) =>
        Invariant($"AUC in percent on the training data, mean ± population standard deviation over seeds from {firstSeed} on");

    /// <summary>What the mark of unfinished cells means; empty where there is none.</summary>
    private static string Unfinished(IReadOnlyList<CellSummary> cells, Func<CellSummary, string> nameOf)
    {
        string[] unfinished = [.. cells.Where(IsUnfinished).Select(cell => Finished(cell, nameOf(cell)))];
        return unfinished.Length > 0 ? $" † not every seed has a result: {string.Join("; ", unfinished)}." : "";
    }

    private static IEnumerable<string[]> RowsOf(CellSummary cell, bool ensembles, bool temperatures)
    {
        yield return Row("Base", cell.Base, cell.Paper?.Base);
        yield return Row("IAD", cell.Iad, cell.Paper?.Iad);
        yield return Row("IAD-Best*", cell.IadBest, cell.Paper?.IadBest);

        string[] Row(string name, Auc? ours, Auc? paper) =>
        [
            NameOf(cell, ensembles, temperatures), cell.Dataset, ShareOf(cell), name, $"{Percent(ours)}{MarkOf(cell)}".Trim(),
            Percent(paper), Difference(ours, paper), Percent(cell.Untrained),
        ];
    }

    private static string NameOf(CellSummary cell, bool ensembles, bool temperatures) =>
        cell.Model
        + (ensembles && cell.Ensemble > 1 ? Invariant($" x {cell.Ensemble}") : "")
        + (temperatures ? Invariant($" 1/τ {cell.InverseTau}") : "");

    private static string ShareOf(CellSummary cell) => Invariant($"{100 * cell.Contamination:0.#}%");

    private static string MarkOf(CellSummary cell) => IsUnfinished(cell) ? " †" : "";

    private static bool IsUnfinished(CellSummary cell) => cell.Finished < cell.Seeds;

    /// <summary>How many seeds have a result, and which classes have none.</summary>
    private static string Finished(CellSummary cell, string name)
    {
        string classes = cell.FailedClasses is { Count: > 0 } failed ? $", none of class {string.Join(", ", failed)}" : "";
        return Invariant($"{name} on {cell.Dataset} at {ShareOf(cell)} has {cell.Finished} of {cell.Seeds}{classes}");
    }

    /// <summary>Mean and standard deviation in percent; nothing when absent.</summary>
    private static string Percent(Auc? auc) => auc is null ? "" : Invariant($"{100 * auc.Mean:F1} ± {100 * auc.Std:F1}");

    private static string Mean(Auc? auc) => auc is null ? "" : Invariant($"{100 * auc.Mean:F1}");

    private static string Difference(Auc? ours, Auc? paper)
    {
        if (ours is null || paper is null) return "";
        string far = Agreement.IsWithin(ours, paper) ? "" : " !";
        return Invariant($"{100 * (ours.Mean - paper.Mean):+0.0;-0.0;0.0}") + far;
    }
}

/// <summary>A column of a table.</summary>
/// <param name="Name">Its heading.</param>
/// <param name="Kind">What is in it.</param>
internal sealed record TableColumn(string Name, ColumnKind Kind = ColumnKind.Text);

/// <summary>What is in a column.</summary>
internal enum ColumnKind
{
    /// <summary>Words.</summary>
    Text,

    /// <summary>Numbers, to be set at the right.</summary>
    Number,

    /// <summary>What one may type.</summary>
    Code,
}
