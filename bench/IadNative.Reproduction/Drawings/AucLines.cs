using IadNative.Cli.Plots;
using ScottPlot;
using ScottPlot.Plottables;
using Palette = IadNative.Cli.Plots.Palette;

namespace IadNative.Reproduction.Drawings;

/// <summary>Lines of AUCs in percent; points without one are passed over.</summary>
internal static class AucLines
{
    /// <summary>Adds the means as a line, with a band of one standard deviation to both sides on request.</summary>
    public static void Add(Plot plot, IEnumerable<(double X, Auc? Auc)> points, LineLook look, bool band)
    {
        (double X, Auc Auc)[] known = [.. points.Where(point => point.Auc is not null).Select(point => (point.X, point.Auc!))];
        if (known.Length == 0) return;
        double[] x = [.. known.Select(point => point.X)], mean = [.. known.Select(point => 100 * point.Auc.Mean)];
        if (band) Band.Add(plot, x, mean, [.. known.Select(point => 100 * point.Auc.Std)], look.Color);
        Scatter line = plot.Add.Scatter(x, mean, look.Color);
        line.LineWidth = look.Width;
        line.LinePattern = look.Pattern;
        line.MarkerShape = look.Marker;
        line.MarkerSize = 8;
        line.MarkerLineWidth = 1.5f;
        line.LegendText = look.Name;
    }
}

/// <summary>What a line looks like.</summary>
/// <param name="Name">Its name in the legend.</param>
/// <param name="Color">Its colour.</param>
/// <param name="Marker">Its points.</param>
/// <param name="Pattern">Its dashes.</param>
/// <param name="Width">Its width in pixels; 0 for points alone.</param>
internal sealed record LineLook(string Name, Color Color, MarkerShape Marker, LinePattern Pattern, float Width = 2)
{
    /// <summary>The base model.</summary>
    public static LineLook Base { get; } = new("Base", Palette.Ink, MarkerShape.FilledSquare, LinePattern.Solid);

    /// <summary>IAD.</summary>
    public static LineLook Iad { get; } = new("IAD", Palette.Blue, MarkerShape.FilledCircle, LinePattern.Solid);

    /// <summary>The best round.</summary>
    public static LineLook IadBest { get; } =
        new("IAD-Best", Palette.Vermillion, MarkerShape.FilledTriangleUp, LinePattern.Dashed);

    /// <summary>What the paper states for the base model.</summary>
    public static LineLook PaperBase { get; } = new("Base, paper", Palette.Ink, MarkerShape.OpenSquare, LinePattern.Solid, 0);

    /// <summary>What the paper states for IAD.</summary>
    public static LineLook PaperIad { get; } = new("IAD, paper", Palette.Blue, MarkerShape.OpenCircle, LinePattern.Solid, 0);
}
