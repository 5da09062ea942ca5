using Spectre.Console;
using static System.FormattableString;

namespace IadNative.Reproduction;

/// <summary>What the program prints on standard output: our numbers beside the paper's.</summary>
internal static class ReportTables
{
    private const int PrintedSettings = 5;
    private const int PrintedAlarms = 5;

    /// <summary>Prints the tables and how near they are.</summary>
    public static void Write(IAnsiConsole console, ReproductionReport report)
    {
        if (report.Ranking is { } ranking)
        {
            foreach (IGrouping<string, RankedSetting> model in ranking.GroupBy(setting => setting.Model))
                Write(console, TableLayout.OfSettings([.. model.Take(PrintedSettings)]));
            return;
        }

        IReadOnlyList<TableLayout> tables = TableLayout.Of(report);
        foreach (TableLayout table in tables)
        {
            if (tables.Count > 1) console.WriteLine($"{table.Caption}.");
            Write(console, table);
        }

        string[] alarms = [.. report.Cells.SelectMany(cell => cell.Alarms)];
        foreach (string alarm in alarms.Take(PrintedAlarms)) console.WriteLine($"alarm: {alarm}");
        if (alarms.Length > PrintedAlarms)
            console.WriteLine($"... and {alarms.Length - PrintedAlarms} more alarms; the JSON has all.");
        console.WriteLine(Describe(report.Agreement));
        if (report.Engines.Count > 1)
            console.WriteLine(Invariant($"The trainings are the work of {report.Engines.Count} engines; the JSON names them."));
    }

    /// <summary>The agreement in a sentence or two.</summary>
    public static string Describe(Agreement agreement) => agreement.Compared == 0
        ? "The paper prints no numbers for these."
        : Invariant($"{agreement.Within} of {agreement.Compared} numbers are within max(1 point, 2 standard deviations) of the paper's.")
            + (agreement.Cells == 0 ? "" : Invariant($" IAD improves on Base in {agreement.Improved} of {agreement.Cells} cells; in the paper in ")
                + Invariant($"{agreement.PaperImproved}."))
            + (agreement.References == 0 ? "" : Invariant($" {agreement.WithinReference} of {agreement.References} are within max(2 points, ")
                + "2 standard deviations) of those of another implementation.");

    private static void Write(IAnsiConsole console, TableLayout layout)
    {
        var table = new Table { Border = TableBorder.Simple };
        foreach (TableColumn column in layout.Columns)
        {
            var heading = new Spectre.Console.TableColumn(column.Name);
            table.AddColumn(column.Kind == ColumnKind.Number ? heading.RightAligned() : heading);
        }

        foreach (IReadOnlyList<string> row in layout.Rows) table.AddRow([.. row.Select(text => new Text(text))]);
        console.Write(table);
        if (layout.Note.Length > 0) console.WriteLine(layout.Note);
    }
}
