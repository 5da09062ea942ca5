using System.Text;
using IadNative.Messages;
using static System.FormattableString;

namespace IadNative.Reproduction;

/// <summary>The results as a Markdown page.</summary>
internal static class ReportMarkdown
{
    /// <summary>The page.</summary>
    public static string Of(ReproductionReport report)
    {
        var page = new StringBuilder($"# {report.Title}\n\n");
        page.AppendJoin('\n', TableLayout.Of(report).Select(Write));
        if (report.Ranking is null) page.Append('\n').Append(ReportTables.Describe(report.Agreement)).Append('\n');
        string[] alarms = [.. report.Cells.SelectMany(cell => cell.Alarms)];
        if (alarms.Length > 0)
        {
            page.Append(Invariant($"\n{alarms.Length} alarms:\n\n"));
            foreach (string alarm in alarms) page.Append("- ").Append(alarm).Append('\n');
        }

        if (report.Ranking is null) AppendSettings(page, report);
        page.Append("\nTrained by:\n\n");
        foreach (EngineShare share in report.Engines)
            page.Append(Invariant($"- {share.Trainings} of the trainings: {ForeignText.Shorten(share.Engine, ForeignText.LongestReason)}\n"));
        return page.ToString();
    }

    private static string Write(TableLayout table)
    {
        var page = new StringBuilder();
        page.Append(table.Caption).Append(".\n\n");
        page.Append("| ").AppendJoin(" | ", table.Columns.Select(column => column.Name)).Append(" |\n");
        page.Append('|').Append(string.Concat(table.Columns.Select(_ => "---|"))).Append('\n');
        foreach (IReadOnlyList<string> row in table.Rows)
        {
            page.Append("| ").AppendJoin(" | ", row.Zip(table.Columns, (text, column) =>
                column.Kind == ColumnKind.Code ? $"`{text}`" : text)).Append(" |\n");
        }

        if (table.Note.Length > 0)
            page.Append('\n').Append(table.Note.Replace("*", "\\*", StringComparison.Ordinal)).Append('\n');
        return page.ToString();
    }

    private static void AppendSettings(StringBuilder page, ReproductionReport report)
    {
        page.Append("\nSettings:\n\n");
        foreach (IGrouping<string, CellSummary> settings in report.Cells.GroupBy(cell => cell.Settings))
        {
            CellSummary first = settings.First();
            string classes = first.Classes is { } names ? $", classes {string.Join(", ", names)}" : "";
            page.Append("- ").AppendJoin(", ", settings.Select(cell => cell.Dataset).Distinct())
                .Append(Invariant($", {first.Seeds} seeds{classes}: `{settings.Key}`\n"));
        }
    }
}
