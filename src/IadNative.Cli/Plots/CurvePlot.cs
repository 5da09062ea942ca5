using ScottPlot;
using ScottPlot.Plottables;

namespace IadNative.Cli.Plots;

/// <summary>A curve between two rates, from 0 to 100% on both axes.</summary>
internal static class CurvePlot
{
    /// <summary>Steps smaller than this part of an axis are not drawn.</summary>
    private const double FinestStep = 1.0 / 400;

    /// <summary>An empty plane of two rates.</summary>
    public static Plot Create(string x, string y)
    {
        Plot plot = Chart.Create(x + " (%)", y + " (%)");
        plot.Axes.SetLimits(-2, 102, -2, 104);
        return plot;
    }

    /// <summary>Adds a curve of fractions.</summary>
    public static void Add(Plot plot, IReadOnlyList<(double X, double Y)> points, string name, Color color)
    {
        Coordinates[] drawn = [.. Thin(points).Select(point => new Coordinates(100 * point.X, 100 * point.Y))];
        Scatter line = plot.Add.ScatterLine(drawn, color);
        line.LineWidth = 2;
        line.LegendText = name;
    }

    /// <summary>Adds what chance gives.</summary>
    public static void AddChance(Plot plot, double fromY, double toY)
    {
        Scatter line = plot.Add.ScatterLine(new[] { 0.0, 100 }, new[] { 100 * fromY, 100 * toY }, Palette.Grey);
        line.LineWidth = 1.5f;
        line.LinePattern = LinePattern.Dashed;
        line.LegendText = "chance";
    }

    /// <summary>Leaves out points that lie closer to the one before than can be seen; both ends stay.</summary>
    public static IReadOnlyList<(double X, double Y)> Thin(IReadOnlyList<(double X, double Y)> points)
    {
        List<(double X, double Y)> kept = [points[0]];
        for (int i = 1; i < points.Count; i++)
        {
            (double x, double y) = points[i];
            if (i == points.Count - 1 || Math.Abs(x - kept[^1].X) >= FinestStep || Math.Abs(y - kept[^1].Y) >= FinestStep)
                kept.Add((x, y));
        }

        return kept;
    }
}
