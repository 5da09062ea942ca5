using System.Globalization;
using System.Text;
using IadNative.Bench.Versus;

namespace IadNative.Bench.Detection;

/// <summary>The table of <c>competitors</c>.</summary>
internal static class CompetitorPage
{
    /// <summary>Writes it.</summary>
    public static string Write(IReadOnlyList<CompetitorRow> rows)
    {
        var page = new StringBuilder();
        page.Append("""
            # What the robust competitors take

            A fit on Satellite (6,435 × 36) on one thread, scoring of the rows included, as `iad fit --scaling standard` would with the defaults of
            each model. Median, and least to most, of the seeds; beside it what a prototype of the method in plain C++ took on one core of another
            machine: a goal rather than a comparison.

            | model | fit, s | prototype, s | times the prototype | AUC |
            |---|---:|---:|---:|---:|

            """);
        foreach (CompetitorRow row in rows)
        {
            double median = Series.MedianOf(row.Seconds), reference = CompetitorRow.ReferenceSeconds[row.Name];
            page.Append(CultureInfo.InvariantCulture, $"| {row.Title} (`{row.Name}`) | {median:F2}");
            if (row.Seconds.Count > 1) page.Append(CultureInfo.InvariantCulture, $" ({row.Seconds.Min():F2} to {row.Seconds.Max():F2})");
            page.Append(CultureInfo.InvariantCulture, $" | {reference:F1} | {median / reference:F2} | {row.Aucs.Average():F1} |\n");
        }

        return page.ToString();
    }
}
