using ScottPlot;
using ScottPlot.Plottables;

namespace IadNative.Cli.Plots;

/// <summary>Lines over the rounds.</summary>
internal static class RoundLines
{
    /// <summary>The mean of a measure with a band of one standard deviation to both sides, where there is any.</summary>
    public static void Add(Plot plot, RoundTrace trace, string name, Color color, MarkerShape marker)
    {
        if (trace.Std.Any(std => std > 0)) Band.Add(plot, trace.Rounds, trace.Mean, trace.Std, color);
        Scatter line = plot.Add.Scatter(trace.Rounds, trace.Mean, color);
        line.LineWidth = 2;
        line.MarkerShape = marker;
        line.MarkerSize = 7;
        line.LegendText = name;
    }

    /// <summary>A dashed line across all rounds: something that does not change with them.</summary>
    public static void AddLevel(Plot plot, double y, string name)
    {
        HorizontalLine line = plot.Add.HorizontalLine(y, 1.5f, Palette.Grey, LinePattern.Dashed);
        line.LegendText = name;
    }
}
