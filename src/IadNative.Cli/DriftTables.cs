using IadNative.Data;
using IadNative.Messages;
using Spectre.Console;
using static System.FormattableString;

namespace IadNative.Cli;

/// <summary>What <c>iad drift</c> prints: scores, the columns that moved farthest, and a verdict.</summary>
internal static class DriftTables
{
    private const int ShownColumns = 20;

    /// <summary>Writes the table and the verdict.</summary>
    /// <param name="terminal">Where to.</param>
    /// <param name="name">What the data are called.</param>
    /// <param name="report">How far they have moved.</param>
    public static void Write(Terminal terminal, string name, DriftReport report)
    {
        var table = new Table { Border = TableBorder.None };
        foreach (string title in (string[])["", "statistic", "p", "PSI", " "])
        {
            var column = new TableColumn(title) { Padding = new Padding(0, 0, 2, 0) };
            table.AddColumn(title.Trim().Length == 0 ? column : column.RightAligned());
        }

        Add(table, "scores", report.Scores);
        foreach (ColumnDrift column in report.Columns.Take(ShownColumns)) Add(table, ForeignText.Shorten(column.Name), column.Measure);
        terminal.Output.Write(table);
        if (report.Columns.Count > ShownColumns)
            terminal.Out.WriteLine(Invariant($"... and {report.Columns.Count - ShownColumns} columns that moved less"));
        terminal.Out.WriteLine();
        terminal.Out.WriteLine(Verdict(ForeignText.Plain(name), report));
    }

    private static string Verdict(string name, DriftReport report)
    {
        string what = string.Join(" and ", (string[])[
            .. report.Scores.HasDrifted ? (string[])["the scores"] : [],
            .. report.DriftedColumns > 0 ? (string[])[Invariant($"{report.DriftedColumns} of {report.Columns.Count} columns")] : []]);
        string rows = Invariant($"{name}, {report.Rows} rows");
        return what.Length == 0 ? $"{rows}: no drift."
            : report.ShouldRefit ? $"{rows}: drift of {what}. Fit again: iad fit --from MODEL DATA --out NEW."
            : $"{rows}: drift of {what}, too few to fit again.";
    }

    private static void Add(Table table, string name, DriftMeasure measure) => table.AddRow(
        new Text(name), new Text(Invariant($"{measure.Statistic:G4}")), new Text(Invariant($"{measure.PValue:G3}")),
        new Text(Invariant($"{measure.StabilityIndex:F3}")), new Text(measure.HasDrifted ? "drifted" : ""));
}
