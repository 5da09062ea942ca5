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
        double[] edges = [.. Enumerable.Range(0, bins + 1).Select(bin => low + ((high - low) * bin / bins))];
        if (labels is null)
        {
            AddOutline(plot, edges, Count(_ => true), "all samples", Palette.Blue, LinePattern.Solid);
        }
        else
        {
            AddOutline(plot, edges, Count(i => !labels[i]), "normal samples", Palette.Normal, LinePattern.Solid);
            AddOutline(plot, edges, Count(i => labels[i]), "anomalies", Palette.Anomaly, LinePattern.Dashed);
        }

        plot.Axes.SetLimitsX(low, high);
        plot.Axes.Margins(bottom: 0);

        double[] Count(Func<int, bool> isOf)
        {
            double[] counts = new double[bins];
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

    }

    /// <summary>Draws the outline of a histogram and fills it.</summary>
    /// <param name="plot">Receives it.</param>
    /// <param name="edges">Edges of the intervals, rising, one more than there are shares.</param>
    /// <param name="shares">How high each stands.</param>
    /// <param name="name">Its name in the legend.</param>
    /// <param name="color">Its colour.</param>
    /// <param name="pattern">The dashes of its outline.</param>
    public static void AddOutline(
        Plot plot, IReadOnlyList<double> edges, IReadOnlyList<double> shares, string name, Color color, LinePattern pattern)
    {
        List<Coordinates> outline = [new(edges[0], 0)];
        for (int bin = 0; bin < shares.Count; bin++)
        {
            outline.Add(new Coordinates(edges[bin], shares[bin]));
            outline.Add(new Coordinates(edges[bin + 1], shares[bin]));
        }

        outline.Add(new Coordinates(edges[^1], 0));
        Polygon area = plot.Add.Polygon(outline.ToArray());
        area.FillColor = color.WithAlpha(0.2);
        area.LineColor = color;
        area.LineWidth = 1.5f;
        area.LinePattern = pattern;
        area.LegendText = name;
    }
}
