using IadNative.Cli.Html;
using IadNative.Cli.Plots;
using IadNative.Reproduction.Drawings;
using static System.FormattableString;

namespace IadNative.Reproduction;

/// <summary>The results as one HTML page, with the pictures in it.</summary>
internal static class ReproductionPage
{
    /// <summary>The page.</summary>
    /// <param name="commandLine">The command that made the results.</param>
    /// <param name="report">The results.</param>
    /// <param name="pictures">What was drawn of them, or null.</param>
    public static Markup Of(string commandLine, ReproductionReport report, FigureSheet? pictures) => Page.Create(
        report.Title,
        "Kim et al., An Iterative Method for Unsupervised Robust Anomaly Detection under Data Contamination: "
        + "our numbers beside theirs.",
        [
            .. pictures is null ? (Markup[])[] : [Page.Section("Pictures", Show(pictures))],
            Page.Section("Numbers", Numbers(report)),
            Page.Section("Alarms", Alarms([.. report.Cells.SelectMany(cell => cell.Alarms)])),
            .. report.Ranking is null ? (Markup[])[Page.Section("Settings", Settings(report.Cells))] : [],
            Page.Section("Origin", Origin(commandLine, report)),
        ]);

    private static Markup Show(FigureSheet pictures) => Markup.Of($"""
        <p>{pictures.Description}</p>
        {Pictures.Row(pictures.Panels.Select(panel => Pictures.Show(panel, panel.Description)))}
        """);

    private static Markup Numbers(ReproductionReport report) => Markup.Of($"""
        {(report.Ranking is null ? Markup.Of($"<p>{ReportTables.Describe(report.Agreement)}</p>") : Markup.Empty)}
        {TableLayout.Of(report).Select(Table)}
        """);

    private static Markup Table(TableLayout table) => Markup.Of($"""
        {Tables.Grid(table.Caption, [.. table.Columns.Select(column => column.Name)], table.Rows)}
        {(table.Note.Length > 0 ? Markup.Of($"""<p class="note">{table.Note}</p>""") : Markup.Empty)}
        """);

    private static Markup Alarms(string[] alarms) => alarms.Length == 0
        ? Markup.Of($"<p>None: every training finished, and no detector gives nearly all samples the same score.</p>")
        : Markup.Of($"""<ul class="alarms">{alarms.Select(alarm => Markup.Of($"<li>{alarm}</li>"))}</ul>""");

    private static Markup Settings(IReadOnlyList<CellSummary> cells) => Markup.Of($"""
        <ul>
        {cells.GroupBy(cell => cell.Settings).Select(settings => Markup.Of(
            $"<li>{Names(settings)}{Extent(settings.First())}: <code>{settings.Key}</code></li>"))}
        </ul>
        """);

    private static string Names(IEnumerable<CellSummary> cells) =>
        string.Join(", ", cells.Select(cell => cell.Dataset).Distinct());

    private static string Extent(CellSummary cell) =>
        Invariant($", {cell.Seeds} {(cell.Seeds == 1 ? "seed" : "seeds")}")
        + (cell.Classes is { } classes ? $", classes {string.Join(", ", classes)}" : "");

    private static Markup Origin(string commandLine, ReproductionReport report)
    {
        int seeds = report.Cells.Max(cell => cell.Seeds);
        IEnumerable<string> names = Enumerable.Range(0, seeds)
            .Select(i => Invariant($"{unchecked(report.FirstSeed + (ulong)i)}"));
        return Markup.Of($"""
            <p class="command"><code>{commandLine}</code></p>
            {Tables.Facts("Program and machine",
                [
                    ("seeds", string.Join(", ", names)),
                    .. report.Engines.Select(share => (Invariant($"trained by ({share.Trainings})"), share.Engine)),
                    ("written by", $"{report.Version}, {report.Device}"),
                    .. MachineFacts.All.Select(fact => (fact.Name, MachineFacts.ToText(fact.Value))),
                ])}
            """);
    }
}
