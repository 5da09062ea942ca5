using System.Globalization;
using System.Text;
using System.Text.Json;
using IadNative.Cli.Html;
using IadNative.Cli.Plots;
using IadNative.Persistence;
using IadNative.Reproduction.Drawings;
using IadNative.Reproduction.Figures;

namespace IadNative.Reproduction;

/// <summary>Writes the results as CSV, JSON and Markdown, as pictures and as HTML.</summary>
internal static class ReportFiles
{
    /// <summary>Writes the numbers into the folder, and the JSON to where else it was asked for.</summary>
    public static void WriteNumbers(ReproduceArguments arguments, ReproductionReport report, ResultFiles files)
    {
        foreach ((string name, ReproductionReport part) in report.Parts())
        {
            string stem = Path.Combine(arguments.Out, name);
            WriteText(files, stem + (part.Figure is null ? ".csv" : "-cells.csv"), () => Csv(CellTable(part.Cells)));
            if (part.Ranking is { } ranking) WriteText(files, stem + "-ranking.csv", () => Csv(RankingTable(ranking)));
            foreach (CsvTable table in part.Figure?.Tables() ?? []) WriteText(files, $"{stem}{table.Name}.csv", () => Csv(table));
            WriteText(files, stem + ".json", () => Json(part));
            WriteText(files, stem + ".md", () => ReportMarkdown.Of(part));
        }

        if (arguments.Json != OutputFile.StandardOutput) WriteText(files, arguments.Json, () => Json(report));
    }

    /// <summary>Draws the pictures and writes them and the pages that show them into the folder.</summary>
    public static void WritePictures(ReproduceArguments arguments, ReproductionReport report, ResultFiles files)
    {
        foreach ((string name, ReproductionReport part) in report.Parts())
        {
            string stem = Path.Combine(arguments.Out, name);
            FigureSheet? pictures = PaperFigures.Draw(part);
            if (pictures is not null)
            {
                WriteBytes(files, stem + ".svg", pictures.ToSvg);
                WriteBytes(files, stem + ".png", pictures.ToPng);
            }

            files.Write(stem + ".html", path => Page.Write(path, ReproductionPage.Of(arguments.CommandLine, part, pictures)));
        }
    }

    /// <summary>The report as a line of JSON.</summary>
    public static string Json(ReproductionReport report) =>
        JsonSerializer.Serialize(report, ReproductionJsonContext.Default.ReproductionReport) + "\n";

    private static CsvTable CellTable(IReadOnlyList<CellSummary> cells) => new("",
        ["model", "dataset", "contamination", "ensemble", "inverse_tau", "classes", "seeds", "finished", "stopped",
            "untrained_mean", "untrained_std", "base_mean", "base_std", "iad_mean", "iad_std", "iad_best_mean", "iad_best_std",
            "paper_base_mean", "paper_base_std", "paper_iad_mean", "paper_iad_std", "paper_iad_best_mean", "paper_iad_best_std",
            "method", "reference_mean", "reference_std", "distance_mean", "distance_std", "round_means", "settings"],
        cells.Select(cell => (object?[])
        [
            cell.Model, cell.Dataset, cell.Contamination, cell.Ensemble, cell.InverseTau, cell.Classes?.Count, cell.Seeds,
            cell.Finished, cell.Stopped,
            cell.Untrained?.Mean, cell.Untrained?.Std, cell.Base?.Mean, cell.Base?.Std, cell.Iad?.Mean, cell.Iad?.Std,
            cell.IadBest?.Mean, cell.IadBest?.Std, cell.Paper?.Base?.Mean, cell.Paper?.Base?.Std, cell.Paper?.Iad.Mean,
            cell.Paper?.Iad.Std, cell.Paper?.IadBest?.Mean, cell.Paper?.IadBest?.Std,
            cell.Method, cell.Reference?.Mean, cell.Reference?.Std, cell.Distance?.Mean, cell.Distance?.Std,
            string.Join(' ', cell.Rounds.Select(round => CsvCell(round.Mean))), cell.Settings,
        ]));

    private static CsvTable RankingTable(IReadOnlyList<RankedSetting> ranking) => new("",
        ["model", "settings", "distance", "within", "improved", "missing", "stopped"],
        ranking.Select(setting => (object?[])
        [
            setting.Model, setting.Settings, setting.Distance, setting.Within, setting.Improved, setting.Missing, setting.Stopped,
        ]));

    private static string Csv(CsvTable table)
    {
        var text = new StringBuilder().AppendJoin(',', table.Header).Append('\n');
        foreach (IReadOnlyList<object?> row in table.Rows) text.AppendJoin(',', row.Select(CsvCell)).Append('\n');
        return text.ToString();
    }

    /// <summary>Fractions keep six decimals, a hundred times finer than what one rank is worth on the largest set.</summary>
    private static string CsvCell(object? value) => value switch
    {
        double number => number.ToString("0.######", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => CsvText.Quote(value?.ToString() ?? ""),
    };

    private static void WriteText(ResultFiles files, string? path, Func<string> text) =>
        WriteBytes(files, path, () => Encoding.UTF8.GetBytes(text()));

    private static void WriteBytes(ResultFiles files, string? path, Func<byte[]> bytes) =>
        files.Write(path, place =>
        {
            byte[] content = bytes();
            AtomicFile.Write(place, stream => stream.Write(content));
        });
}
