using IadNative.Cli.Plots;
using IadNative.Reproduction.Figures;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace IadNative.Reproduction.Drawings;

/// <summary>Figure 6: AUC over 1/τ, one panel per model and data set.</summary>
internal static class TemperaturePlot
{
    /// <summary>Draws it, a row of panels per model.</summary>
    public static FigureSheet Draw(string id, TemperatureFigure figure)
    {
        TemperaturePanel[] panels = [.. figure.Panels.Where(panel => panel.Points.Any(point => point.Base is not null))];
        int columns = panels.GroupBy(panel => panel.Model).Select(row => row.Count()).DefaultIfEmpty().Max();
        return new FigureSheet(id,
            "Line charts of the AUC over 1/τ: base model, IAD and the best round, for each model and data set.", columns,
            [.. panels.Select(panel => Panel(id, panel))]);
    }

    private static Figure Panel(string id, TemperaturePanel panel)
    {
        Plot plot = Chart.Create("1/τ", "AUC (%)");
        AucLines.Add(plot, panel.Points.Select(point => (point.InverseTau, point.Base)), LineLook.Base, band: false);
        AucLines.Add(plot, panel.Points.Select(point => (point.InverseTau, point.Iad)), LineLook.Iad, band: true);
        AucLines.Add(plot, panel.Points.Select(point => (point.InverseTau, point.IadBest)), LineLook.IadBest, band: false);
        double[] ticks = [.. panel.Points.Select(point => point.InverseTau)];
        plot.Axes.Bottom.TickGenerator = new NumericManual(ticks,
            [.. ticks.Select(tick => tick.ToString(System.Globalization.CultureInfo.InvariantCulture))]);
        plot.LegendBelow();
        string title = $"{Names.Model(panel.Model)}, {Names.Dataset(panel.Dataset)}";
        return new Figure($"{id}-{panel.Model}-{panel.Dataset}", title, $"AUC over 1/τ: {title}.", plot);
    }
}
