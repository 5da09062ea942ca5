using IadNative.Cli.Plots;
using IadNative.Reproduction.Figures;
using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;
using static System.FormattableString;
using Palette = IadNative.Cli.Plots.Palette;

namespace IadNative.Reproduction.Drawings;

/// <summary>
/// Figure 4: the performance gain ratio of each termination criterion, one panel per model and one of averages.
/// </summary>
internal static class TerminationPlot
{
    /// <summary>
    /// Marks further down are drawn at the lower edge, with their numbers: a small gain of the best round blows up every loss.
    /// </summary>
    private const double Lowest = -100;

    private const double MarkDistance = 0.15;
    private const double BarDistance = 0.2;

    /// <summary>The base model and the best round.</summary>
    private static readonly double[] s_levels = [0, 100];

    private static readonly (Color Color, MarkerShape Shape)[] s_marks =
    [
        (Palette.Blue, MarkerShape.FilledCircle), (Palette.Vermillion, MarkerShape.FilledTriangleUp),
        (Palette.Green, MarkerShape.FilledSquare), (Palette.Purple, MarkerShape.FilledDiamond),
    ];

    /// <summary>Draws it.</summary>
    public static FigureSheet Draw(string id, TerminationFigure figure) => new(id,
        "Performance gain ratio of each termination criterion: 0 is the base model, 100 the best round.", 2,
        [
            .. figure.Groups.GroupBy(group => group.Model).Select(model => Panel(id, figure.Criteria, model.Key, [.. model])),
            .. figure.Average.Count > 0 ? (Figure[])[Averages(id, figure)] : [],
        ]);

    private static Figure Panel(string id, IReadOnlyList<string> criteria, string model, TerminationGroup[] groups)
    {
        // Data sets from top to bottom: their names are long.
        Plot plot = Chart.Create("performance gain ratio (%)", "");
        for (int c = 0; c < criteria.Count; c++)
        {
            // Side by side within their group, so that equal marks do not hide each other.
            double shift = MarkDistance * (c - ((criteria.Count - 1) / 2.0));
            Scatter marks = plot.Add.ScatterPoints(
                groups.Select(group => Math.Max(Lowest, group.Gains[criteria[c]])).ToArray(),
                groups.Select((_, i) => -i - shift).ToArray(), s_marks[c % s_marks.Length].Color);
            marks.MarkerShape = s_marks[c % s_marks.Length].Shape;
            marks.MarkerSize = 8;
            marks.LegendText = criteria[c];
        }

        for (int i = 0; i < groups.Length; i++)
        {
            double[] beyond = [.. criteria.Select(name => groups[i].Gains[name]).Where(gain => gain < Lowest)];
            if (beyond.Length == 0) continue;
            plot.Note(string.Join(", ", beyond.Select(Rounded)), Lowest, -i, Alignment.MiddleLeft, offsetX: 8);
        }

        foreach (double level in s_levels) plot.Add.VerticalLine(level, 1, Palette.Grey, LinePattern.Dashed);
        bool images = groups.Select(group => group.Dataset).Distinct().Count() < groups.Length;
        plot.Axes.Left.TickGenerator = new NumericManual([.. groups.Select((_, i) => (double)-i)],
            [.. groups.Select(group =>
                Names.Dataset(group.Dataset) + (images ? " " + Names.Share(group.Contamination) : ""))]);
        plot.Axes.SetLimits(LowerEdge(groups.SelectMany(group => group.Gains.Values)), 108, 0.6 - groups.Length, 0.6);
        plot.LegendBelow();
        return new Figure($"{id}-{model}", Names.Model(model),
            $"Gain ratio of each termination criterion with {Names.Model(model)}, per data set; "
            + Invariant($"marks below {Lowest} are at the edge, their numbers beside them from top to bottom."), plot);
    }

    private static Figure Averages(string id, TerminationFigure figure)
    {
        Plot plot = Chart.Create("", "average performance gain ratio (%)");
        AddBars(plot, "here", -BarDistance, Palette.Blue, figure.Criteria.Select(name => Math.Max(Lowest, figure.Average[name])));
        AddBars(plot, "paper", BarDistance, Palette.Orange, figure.Criteria.Select(name => figure.PaperAverage[name]));
        for (int i = 0; i < figure.Criteria.Count; i++)
        {
            double gain = figure.Average[figure.Criteria[i]];
            if (gain < Lowest) plot.Note(Rounded(gain), i - BarDistance, Lowest, Alignment.LowerCenter, offsetX: 0);
        }

        foreach (double level in s_levels) plot.Add.HorizontalLine(level, 1, Palette.Grey, LinePattern.Dashed);
        plot.Axes.Bottom.TickGenerator =
            new NumericManual([.. figure.Criteria.Select((_, i) => (double)i)], [.. figure.Criteria]);
        plot.Axes.SetLimits(-0.6, figure.Criteria.Count - 0.4, LowerEdge(figure.Average.Values), 112);
        plot.LegendBelow();
        return new Figure($"{id}-average", "Average",
            "Average gain ratio of each termination criterion, here and in the paper.", plot);
    }

    private static void AddBars(Plot plot, string name, double shift, Color color, IEnumerable<double> heights)
    {
        BarPlot bars = plot.Add.Bars(heights.Select((height, i) => new Bar
        {
            Position = i + shift,
            Value = height,
            Size = 0.36,
            FillColor = color.WithAlpha(0.4),
            LineColor = color,
            LineWidth = 1.5f,
        }).ToArray());
        bars.LegendText = name;
    }

    private static string Rounded(double gain) => Invariant($"{gain:0}");

    private static double LowerEdge(IEnumerable<double> gains) =>
        Math.Max(Lowest, gains.Append(0).Min()) - 8;
}
