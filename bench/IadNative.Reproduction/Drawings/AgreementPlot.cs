using IadNative.Cli.Plots;
using ScottPlot;
using ScottPlot.Plottables;
using static System.FormattableString;
using Palette = IadNative.Cli.Plots.Palette;

namespace IadNative.Reproduction.Drawings;

/// <summary>A table at a glance: our AUCs over the paper's.</summary>
internal static class AgreementPlot
{
    private const int MostColumns = 3;

    /// <summary>
    /// Draws it, one panel per model or method of which the paper states numbers; ensembles, and each of several shares of anomalies
    /// that were drawn, have panels of their own.
    /// </summary>
    public static FigureSheet Draw(string id, IReadOnlyList<CellSummary> cells)
    {
        CellSummary[] stated = [.. cells.Where(cell => cell.Paper is not null && cell.Base is not null)];
        bool shares = stated.Select(cell => cell.Cell.Contamination).OfType<double>().Distinct().Count() > 1;
        Figure[] panels = [.. stated
            .GroupBy(cell => (cell.Model, cell.Ensemble, Share: shares ? cell.Cell.Contamination : null))
            .Select(group => Panel(id, group.Key.Model, group.Key.Ensemble, group.Key.Share, [.. group]))];
        return new FigureSheet(id, "Our AUCs over those of the paper; on the diagonal both are equal.",
            Math.Min(panels.Length, MostColumns), panels);
    }

    private static Figure Panel(string id, string model, int ensemble, double? share, CellSummary[] cells)
    {
        string? method = cells[0].Method;
        string name = method ?? Names.Model(model), place = $"{id}-{model}";
        if (ensemble > 1)
        {
            name += Invariant($", ensembles of {ensemble}");
            place += Invariant($"-x{ensemble}");
        }

        if (share is { } drawn)
        {
            name += $", {Names.Share(drawn)} anomalies";
            place += Invariant($"-{1000 * drawn:0}-per-mille");
        }

        Plot plot = Chart.Create("paper: AUC (%)", "here: AUC (%)");
        Add(plot, "Base", Palette.Ink, MarkerShape.FilledSquare, cells.Select(cell => (cell.Base, cell.Paper!.Base)));
        Add(plot, method ?? "IAD", Palette.Blue, MarkerShape.FilledCircle, cells.Select(cell => (cell.Iad, (Auc?)cell.Paper!.Iad)));
        Add(plot, "IAD-Best", Palette.Vermillion, MarkerShape.OpenTriangleUp,
            cells.Select(cell => (cell.IadBest, cell.Paper!.IadBest)));
        Scatter diagonal = plot.Add.ScatterLine(new[] { 0.0, 100 }, new[] { 0.0, 100 }, Palette.Grey);
        diagonal.LinePattern = LinePattern.Dashed;
        diagonal.LegendText = "equal";
        double lowest = cells.SelectMany(cell => Agreement.Pairs(cell))
            .SelectMany(pair => new[] { pair.Paper.Mean, pair.Ours?.Mean ?? pair.Paper.Mean }).Min();
        double edge = Math.Floor((100 * lowest / 5) - 1) * 5;
        plot.Axes.SetLimits(edge, 102, edge, 102);
        plot.LegendBelow();
        return new Figure(place, name, $"Our AUCs of {name} over those of the paper; on the diagonal both are equal.", plot);
    }

    private static void Add(Plot plot, string name, Color color, MarkerShape shape, IEnumerable<(Auc? Ours, Auc? Paper)> pairs)
    {
        Coordinates[] points = [.. pairs.Where(pair => pair is { Ours: not null, Paper: not null })
            .Select(pair => new Coordinates(100 * pair.Paper!.Mean, 100 * pair.Ours!.Mean))];
        if (points.Length == 0) return;
        Scatter marks = plot.Add.ScatterPoints(points, color);
        marks.MarkerShape = shape;
        marks.MarkerSize = 9;
        marks.MarkerLineWidth = 2;
        marks.LegendText = name;
    }
}
