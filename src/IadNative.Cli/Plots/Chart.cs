using System.Globalization;
using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;

namespace IadNative.Cli.Plots;

/// <summary>The looks that all charts share.</summary>
internal static class Chart
{
    /// <summary>Pixels of a text; a picture 440 pixels wide stays readable on a phone.</summary>
    private const float TextSize = 12;

    /// <summary>
    /// A logarithmic axis of less has ticks between the powers of ten, too; one of more leaves some of them out.
    /// </summary>
    private const int FewDecades = 2, MostDecades = 8;

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

    /// <summary>
    /// Ticks of a horizontal axis of decimal logarithms: at powers of ten and, where there are few, at 2 and 5 times them.
    /// </summary>
    /// <param name="plot">The chart.</param>
    /// <param name="low">The logarithm at its left end.</param>
    /// <param name="high">The logarithm at its right end.</param>
    public static void LogarithmicOnX(this Plot plot, double low, double high)
    {
        int first = (int)Math.Floor(low), last = (int)Math.Ceiling(high);
        int step = 1 + ((last - first) / MostDecades);
        int[] factors = high - low < FewDecades ? [1, 2, 5] : [1];
        (double Place, string Label)[] ticks =
        [
            .. Enumerable.Range(first, last - first + 1).Where(exponent => exponent % step == 0)
                .SelectMany(exponent => factors,
                    (exponent, factor) => (exponent + Math.Log10(factor), PowerOfTen(factor, exponent)))
                .Where(tick => tick.Item1 >= low && tick.Item1 <= high),
        ];
        plot.Axes.Bottom.TickGenerator =
            new NumericManual([.. ticks.Select(tick => tick.Place)], [.. ticks.Select(tick => tick.Label)]);
    }

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

    /// <summary>A text among the data.</summary>
    /// <param name="plot">The chart.</param>
    /// <param name="text">What it says.</param>
    /// <param name="x">Where it stands.</param>
    /// <param name="y">Where it stands.</param>
    /// <param name="alignment">Which point of the text stands there.</param>
    /// <param name="offsetX">Pixels further to the right.</param>
    public static void Note(this Plot plot, string text, double x, double y, Alignment alignment, float offsetX)
    {
        Text note = plot.Add.Text(text, x, y);
        note.LabelFontSize = TextSize;
        note.LabelFontName = PlotFont.Name;
        note.LabelFontColor = Palette.Ink;
        note.LabelAlignment = alignment;
        note.OffsetX = offsetX;
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

    private static string PowerOfTen(int factor, int exponent)
    {
        if (exponent is >= -3 and <= 3)
        {
            return (factor * Math.Pow(10, exponent)).ToString("0.###", CultureInfo.InvariantCulture);
        }

        IEnumerable<char> digits = exponent.ToString(CultureInfo.InvariantCulture).Select(Superscript);
        return (factor == 1 ? "" : factor.ToString(CultureInfo.InvariantCulture) + "·") + "10" + string.Concat(digits);
    }

    private static char Superscript(char digit) => digit switch
    {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        _ => (char)('⁰' + (digit - '0')),
    };
}
