using System.Globalization;
using System.Text;

namespace IadNative.Cli.Reproduction;

/// <summary>The results as a Markdown page.</summary>
internal static class ReportMarkdown
{
    /// <summary>The page.</summary>
    public static string Of(ReproductionReport report)
    {
        var page = new StringBuilder($"# {report.Title}\n\n");
        if (report.Ranking is { } ranking) AppendRanking(page, ranking);
        else AppendCells(page, report);
        string[] alarms = [.. report.Cells.SelectMany(cell => cell.Alarms)];
        if (alarms.Length > 0)
        {
            page.Append(CultureInfo.InvariantCulture, $"\n{alarms.Length} alarms:\n\n");
            foreach (string alarm in alarms) page.Append("- ").Append(alarm).Append('\n');
        }

        if (report.Ranking is null) AppendSettings(page, report);
        return page.Append(CultureInfo.InvariantCulture, $"\nIadNative {report.Version}, {report.Device}.\n").ToString();
    }

    private static void AppendCells(StringBuilder page, ReproductionReport report)
    {
        page.Append(CultureInfo.InvariantCulture,
            $"AUC in percent on the training data, mean ± population standard deviation over seeds from {report.FirstSeed} on.\n")
            .Append('\n');
        page.Append("| model | data set | anomalies | | AUC % | paper % | difference | untrained % |\n");
        page.Append("|---|---|---|---|---|---|---|---|\n");
        bool ensembles = report.Cells.Select(cell => cell.Ensemble).Distinct().Count() > 1;
        bool temperatures = report.Cells.Select(cell => cell.InverseTau).Distinct().Count() > 1;
        foreach (ReportRow row in report.Cells.SelectMany(cell => ReportRow.Of(cell, ensembles, temperatures)))
            page.Append("| ").AppendJoin(" | ", row.Cells).Append(" |\n");
        page.Append("\n\\* the best round, chosen with labels: for comparison only. ! farther than max(1 point, 2 standard ")
            .Append("deviations of the paper).\n\n").Append(ReportTables.Describe(report.Agreement)).Append('\n');
    }

    private static void AppendRanking(StringBuilder page, IReadOnlyList<RankedSetting> ranking)
    {
        page.Append("| model | settings | distance % | near the paper | IAD above Base | missing | stopped |\n")
            .Append("|---|---|---|---|---|---|---|\n");
        foreach (RankedSetting setting in ranking)
        {
            page.Append(CultureInfo.InvariantCulture,
                $"| {setting.Model} | `{setting.Settings}` | {100 * setting.Distance:F2} | {setting.Within} | "
                + $"{setting.Improved} | {setting.Missing} | {setting.Stopped} |\n");
        }
    }

    private static void AppendSettings(StringBuilder page, ReproductionReport report)
    {
        page.Append("\nSettings:\n\n");
        foreach (IGrouping<string, CellSummary> settings in report.Cells.GroupBy(cell => cell.Settings))
        {
            CellSummary first = settings.First();
            string classes = first.Classes is { } names ? $", classes {string.Join(", ", names)}" : "";
            page.Append("- ").AppendJoin(", ", settings.Select(cell => cell.Dataset).Distinct()).Append(", ")
                .Append(CultureInfo.InvariantCulture, $"{first.Seeds} seeds{classes}: `{settings.Key}`\n");
        }
    }
}
