using ScottPlot;
using ScottPlot.TickGenerators;

namespace IadNative.Cli.Plots;

/// <summary>The looks that all charts share.</summary>
internal static class Chart
{
    /// <summary>Pixels of a text; a picture 440 pixels wide stays readable on a phone.</summary>
    private const float TextSize = 12;

    /// <summary>An empty chart.</summary>
    /// <param name="x">What the horizontal axis shows, with its unit.</param>
    /// <param name="y">What the vertical axis shows, with its unit.</param>
    public static Plot Create(string x, string y)
    {
        PlotFont.Use();
        var plot = new Plot();
        plot.FigureBackground.Color = Colors.Transparent;
        plot.DataBackground.Color = Colors.Transparent;
        plot.Axes.Color(Palette.Ink);
        plot.Axes.Right.FrameLineStyle.IsVisible = false;
        plot.Axes.Top.FrameLineStyle.IsVisible = false;
        plot.Grid.MajorLineColor = Palette.Grey.WithAlpha(0.25);
        Label(plot.Axes.Bottom, x);
        Label(plot.Axes.Left, y);
        return plot;
    }

    /// <summary>Ticks of a horizontal axis that counts.</summary>
    public static void CountOnX(this Plot plot) =>
        plot.Axes.Bottom.TickGenerator = new NumericAutomatic { IntegerTicksOnly = true, MinimumTickSpacing = 20 };

    /// <summary>Gives each value of a logarithmic axis (in powers of ten) the form 10ⁿ, or that of a plain number near 1.</summary>
    public static NumericAutomatic Decades() => new()
    {
        IntegerTicksOnly = true,
        LabelFormatter = exponent => Decade((int)Math.Round(exponent)),
    };

    /// <summary>The legend below the axes, where it hides no data.</summary>
    public static void LegendBelow(this Plot plot)
    {
        Legend legend = plot.Legend;
        legend.FontSize = TextSize;
        legend.FontName = PlotFont.Name;
        legend.FontColor = Palette.Ink;
        legend.BackgroundColor = Colors.Transparent;
        legend.OutlineColor = Colors.Transparent;
        legend.ShadowColor = Colors.Transparent;
        legend.Orientation = Orientation.Horizontal;
        legend.TightHorizontalWrapping = true;
        legend.Margin = new PixelPadding(0);
        legend.Padding = new PixelPadding(0);
        legend.SymbolWidth = 30;
        plot.ShowLegend(Edge.Bottom).Padding = new PixelPadding(0, 0, 4, 6);
    }

    private static void Label(IAxis axis, string text)
    {
        axis.Label.Text = text;
        axis.Label.FontSize = TextSize;
        axis.Label.FontName = PlotFont.Name;
        axis.Label.Bold = false;
        axis.TickLabelStyle.FontSize = TextSize;
        axis.TickLabelStyle.FontName = PlotFont.Name;
        axis.MinorTickStyle.Length = 0;
    }

    private static string Decade(int exponent) => exponent switch
    {
        0 => "1",
        1 => "10",
        2 => "100",
        -1 => "0.1",
        -2 => "0.01",
        _ => "10" + string.Concat(exponent.ToString(System.Globalization.CultureInfo.InvariantCulture).Select(Superscript)),
    };

    private static char Superscript(char digit) => digit switch
    {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        _ => (char)('⁰' + (digit - '0')),
    };
}
