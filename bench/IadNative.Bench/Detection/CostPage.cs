using System.Globalization;
using System.Text;
using IadNative.Bench.Versus;

namespace IadNative.Bench.Detection;

/// <summary>The table of <c>cost</c>.</summary>
internal static class CostPage
{
    /// <summary>Writes it.</summary>
    public static string Write(IReadOnlyList<CostRow> rows, CostCase[][] sweeps, string detector)
    {
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"""
            # What `{detector}` costs

            Independent Gaussian features, {100 * SyntheticData.AnomalyShare:F0}% of the rows uniform in ±{SyntheticData.Reach}. Median, and least to most, of the repetitions:
            seconds of a fit, and nanoseconds per row of scoring on one thread. One size varies in each part.

            | rows | features | members | fit, s | score, ns per row | AUC |
            |---:|---:|---:|---:|---:|---:|

            """);
        foreach (CostCase[] sweep in sweeps)
        {
            foreach (CostCase size in sweep)
            {
                CostRow[] measured = [.. rows.Where(row => row.Detector == detector && row.Case == size)];
                string members = measured.Length == 0 ? $"{size.Members}" : $"{measured[0].Members}";
                page.Append(CultureInfo.InvariantCulture, $"| {size.Rows:N0} | {size.Features} | {members} | ");
                page.Append(measured.Length == 0
                    ? "not measured: a smaller one took too long | | |\n"
                    : $"{Spread(measured, row => row.FitSeconds, "F2")} | {Spread(measured, row => row.ScoreNanoseconds, "N0")} | "
                        + string.Create(CultureInfo.InvariantCulture, $"{Series.MedianOf(measured.Select(row => row.Auc)):F1} |\n"));
            }
        }

        return page.ToString();
    }

    private static string Spread(CostRow[] rows, Func<CostRow, double> value, string format)
    {
        string median = Text(Series.MedianOf(rows.Select(value)));
        return rows.Length == 1 ? median : $"{median} ({Text(rows.Min(value))} to {Text(rows.Max(value))})";

        string Text(double number) => number.ToString(format, CultureInfo.InvariantCulture);
    }
}
