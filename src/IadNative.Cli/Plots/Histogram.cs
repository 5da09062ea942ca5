using ScottPlot;
using ScottPlot.Plottables;

namespace IadNative.Cli.Plots;

/// <summary>
/// Shares of samples per interval, in percent of their class, so that few anomalies are seen beside many normal samples.
/// </summary>
internal static class Histogram
{
    /// <summary>Draws the values, one outline a class. Values beyond the ends count in the outermost intervals.</summary>
    /// <param name="plot">Receives it.</param>
    /// <param name="values">n values.</param>
    /// <param name="labels">True for anomalies; null where that is not known.</param>
    /// <param name="low">Where the first interval begins.</param>
    /// <param name="high">Where the last one ends.</param>
    /// <param name="bins">How many there are.</param>
    public static void Add(Plot plot, IReadOnlyList<double> values, bool[]? labels, double low, double high, int bins)
    {
        if (labels is null)
        {
            AddClass(plot, Count(_ => true), "all samples", Palette.Blue, LinePattern.Solid);
        }
        else
        {
            AddClass(plot, Count(i => !labels[i]), "normal samples", Palette.Normal, LinePattern.Solid);
            AddClass(plot, Count(i => labels[i]), "anomalies", Palette.Anomaly, LinePattern.Dashed);
        }

        plot.Axes.SetLimitsX(low, high);
        plot.Axes.Margins(bottom: 0);

        double[] Count(Func<int, bool> isOf)
        {
            var counts = new double[bins];
            int total = 0;
            for (int i = 0; i < values.Count; i++)
            {
                if (!isOf(i)) continue;
                double place = (values[i] - low) / (high - low) * bins;
                counts[(int)Math.Clamp(place, 0, bins - 1)]++;
                total++;
            }

            return [.. counts.Select(count => 100 * count / Math.Max(1, total))];
        }

        void AddClass(Plot plot, double[] shares, string name, Color color, LinePattern pattern)
        {
            var outline = new List<Coordinates> { new(low, 0) };
            for (int bin = 0; bin < bins; bin++)
            {
                outline.Add(new Coordinates(Edge(bin), shares[bin]));
                outline.Add(new Coordinates(Edge(bin + 1), shares[bin]));
            }

            outline.Add(new Coordinates(high, 0));
            Polygon area = plot.Add.Polygon(outline.ToArray());
            area.FillColor = color.WithAlpha(0.2);
            area.LineColor = color;
            area.LineWidth = 1.5f;
            area.LinePattern = pattern;
            area.LegendText = name;
        }

        double Edge(int bin) => low + ((high - low) * bin / bins);
    }
}
