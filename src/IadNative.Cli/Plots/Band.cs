using ScottPlot;
using ScottPlot.Plottables;

namespace IadNative.Cli.Plots;

/// <summary>A band of one standard deviation to both sides of a line.</summary>
internal static class Band
{
    /// <summary>Adds it.</summary>
    /// <param name="plot">Receives it.</param>
    /// <param name="x">Where the line has points.</param>
    /// <param name="mean">Its height there.</param>
    /// <param name="std">The standard deviations there.</param>
    /// <param name="color">The line's colour.</param>
    public static void Add(Plot plot, double[] x, double[] mean, double[] std, Color color)
    {
        FillY band = plot.Add.FillY(x, [.. mean.Zip(std, (m, s) => m - s)], [.. mean.Zip(std, (m, s) => m + s)]);
        band.FillColor = color.WithAlpha(0.2);
        band.LineWidth = 0;
    }
}
