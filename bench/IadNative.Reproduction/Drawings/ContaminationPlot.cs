using System.Globalization;
using IadNative.Cli.Plots;
using IadNative.Reproduction.Figures;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace IadNative.Reproduction.Drawings;

/// <summary>Figure 3: AUC over the share of anomalies, one panel per model.</summary>
internal static class ContaminationPlot
{
    /// <summary>Draws it.</summary>
    public static FigureSheet Draw(string id, ContaminationFigure figure) => new(id,
        $"Line charts of the AUC over the share of anomalies in {Names.Dataset(figure.Dataset)}, base model against IAD.", 3,
        [.. figure.Series.Where(series => series.Points.Any(point => point.Base is not null))
            .Select(series => Panel(id, series))]);

    private static Figure Panel(string id, ContaminationSeries series)
    {
        Plot plot = Chart.Create("anomalies in the data (%, logarithmic)", "AUC (%)");
        AucLines.Add(plot, series.Points.Select(point => (X(point), point.Base)), LineLook.Base, band: true);
        AucLines.Add(plot, series.Points.Select(point => (X(point), point.Iad)), LineLook.Iad, band: true);
        AucLines.Add(plot, series.Points.Select(point => (X(point), point.PaperBase)), LineLook.PaperBase, band: false);
        AucLines.Add(plot, series.Points.Select(point => (X(point), point.PaperIad)), LineLook.PaperIad, band: false);
        plot.Axes.Bottom.TickGenerator = new NumericManual(
            [.. series.Points.Select(X)],
            [.. series.Points.Select(point => (100 * point.Contamination).ToString("0.#", CultureInfo.InvariantCulture))]);
        plot.LegendBelow();
        return new Figure($"{id}-{series.Model}", Names.Model(series.Model),
            $"AUC of {Names.Model(series.Model)} over the share of anomalies, base model against IAD.", plot);
    }

    private static double X(ContaminationPoint point) => Math.Log10(point.Contamination);
}
