using System.Globalization;
using Spectre.Console;

namespace IadNative.Cli.Reproduction;

/// <summary>What <c>iad reproduce</c> prints on standard output: our numbers beside the paper's.</summary>
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
                console.Write(SettingsTable([.. model.Take(PrintedSettings)]));
            return;
        }

        console.Write(CellsTable(report.Cells));
        string[] alarms = [.. report.Cells.SelectMany(cell => cell.Alarms)];
        foreach (string alarm in alarms.Take(PrintedAlarms)) console.WriteLine($"alarm: {alarm}");
        if (alarms.Length > PrintedAlarms)
            console.WriteLine($"... and {alarms.Length - PrintedAlarms} more alarms; the JSON has all.");
        console.WriteLine(Describe(report.Agreement));
    }

    /// <summary>The agreement in a sentence or two.</summary>
    public static string Describe(Agreement agreement) => agreement.Compared == 0
        ? "The paper prints no numbers for these."
        : string.Create(CultureInfo.InvariantCulture,
            $"{agreement.Within} of {agreement.Compared} numbers are within max(1 point, 2 standard deviations) of the paper's. "
            + $"IAD improves on Base in {agreement.Improved} of {agreement.Cells} cells; in the paper in "
            + $"{agreement.PaperImproved}.");

    private static Table CellsTable(IReadOnlyList<CellSummary> cells)
    {
        bool ensembles = cells.Select(cell => cell.Ensemble).Distinct().Count() > 1;
        bool temperatures = cells.Select(cell => cell.InverseTau).Distinct().Count() > 1;
        var table = new Table { Border = TableBorder.Simple };
        foreach (string name in (string[])["model", "data set", "anomalies", ""]) table.AddColumn(name);
        foreach (string name in (string[])["AUC %", "paper %", "difference", "untrained %"])
            table.AddColumn(new TableColumn(name).RightAligned());
        foreach (ReportRow row in cells.SelectMany(cell => ReportRow.Of(cell, ensembles, temperatures)))
            table.AddRow([.. row.Cells.Select(cell => new Text(cell))]);
        return table;
    }

    private static Table SettingsTable(IReadOnlyList<RankedSetting> settings)
    {
        var table = new Table { Border = TableBorder.Simple };
        foreach (string name in (string[])["model", "settings"]) table.AddColumn(name);
        foreach (string name in (string[])["distance", "near", "improved"]) table.AddColumn(new TableColumn(name).RightAligned());
        foreach (RankedSetting setting in settings)
        {
            table.AddRow(((string[])
            [
                setting.Model, setting.Settings, string.Create(CultureInfo.InvariantCulture, $"{100 * setting.Distance:F2}"),
                $"{setting.Within}", $"{setting.Improved}",
            ]).Select(cell => new Text(cell)));
        }

        return table;
    }
}
