using IadNative.Cli.Plots;
using IadNative.Metrics;
using IadNative.Reproduction.Figures;
using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;
using static System.FormattableString;
using Palette = IadNative.Cli.Plots.Palette;

namespace IadNative.Reproduction.Drawings;

/// <summary>Figure 5: importance weights over the rounds, and what the base model and IAD make of the features.</summary>
internal static class ImportancePlot
{
    private static readonly (Color Color, LinePattern Pattern)[] s_rounds =
    [
        (Palette.SkyBlue, LinePattern.Dotted), (Palette.Orange, LinePattern.Dashed), (Palette.Green, LinePattern.DenselyDashed),
        (Palette.Ink, LinePattern.Solid),
    ];

    /// <summary>
    /// Draws it: (a) averages and medians, (b) densities, (c) features and scores of the base model and of IAD.
    /// </summary>
    public static FigureSheet Draw(string id, WeightsFigure figure) => new(id,
        $"Importance weights, features and scores of {Names.Model(figure.Model)} on {Names.Dataset(figure.Dataset)}, "
        + "true normal samples against true anomalies.", 2,
        [
            Weights(id, "average", figure.Rounds, round => round.NormalMean, round => round.AnomalyMean),
            Weights(id, "median", figure.Rounds, round => round.NormalMedian, round => round.AnomalyMedian),
            Densities(id, "normal samples", "normal", figure.Densities, density => density.Normal),
            Densities(id, "anomalies", "anomalies", figure.Densities, density => density.Anomaly),
            Features(id, "Base", "base", figure.Base),
            Features(id, Selected(figure), "iad", figure.Iad),
            Scores(id, "Base", "base", figure.Base.Histogram),
            Scores(id, Selected(figure), "iad", figure.Iad.Histogram),
        ]);

    private static string Selected(WeightsFigure figure) => Invariant($"IAD, round {figure.SelectedRound}");

    private static Figure Weights(
        string id, string what, IReadOnlyList<RoundWeights> rounds, Func<RoundWeights, double> normal,
        Func<RoundWeights, double> anomaly)
    {
        Plot plot = Chart.Create("round t", $"{what} importance weight");
        plot.CountOnX();
        double[] t = [.. rounds.Select(round => (double)round.Round)];
        double[] none = new double[t.Length];
        RoundLines.Add(plot, new RoundTrace(t, [.. rounds.Select(normal)], none), "normal samples", Palette.Normal,
            MarkerShape.FilledCircle);
        RoundLines.Add(plot, new RoundTrace(t, [.. rounds.Select(anomaly)], none), "anomalies", Palette.Anomaly,
            MarkerShape.FilledTriangleUp);
        plot.Axes.SetLimitsY(-0.03, 1.05);
        plot.LegendBelow();
        return new Figure($"{id}-{what}", $"(a) Weights, {what}",
            $"The {what} importance weight of true normal samples and true anomalies in every round.", plot);
    }

    private static Figure Densities(
        string id, string whose, string name, IReadOnlyList<WeightDensity> densities,
        Func<WeightDensity, IReadOnlyList<double>> select)
    {
        Plot plot = Chart.Create("importance weight", "density");
        WeightDensity[] shown = [.. Spread(densities.Count).Select(i => densities[i])];
        for (int i = 0; i < shown.Length; i++)
        {
            (Color color, LinePattern pattern) = s_rounds[s_rounds.Length - shown.Length + i];
            Scatter line = plot.Add.ScatterLine(shown[i].Weights.ToArray(), select(shown[i]).ToArray(), color);
            line.LineWidth = 2;
            line.LinePattern = pattern;
            line.LegendText = Invariant($"round {shown[i].Round}");
        }

        plot.Axes.SetLimitsY(0, 1.05 * shown.SelectMany(select).Append(0.1).Max());
        plot.LegendBelow();
        return new Figure($"{id}-density-{name}", $"(b) Distribution over {whose}",
            $"Density of the importance weights of true {whose} in a few rounds.", plot);
    }

    /// <summary>The first, the last and some between them, further apart the later.</summary>
    private static IEnumerable<int> Spread(int count) =>
        new[] { 0, (int)Math.Round(Math.Cbrt(count)) - 1, (int)Math.Round(Math.Pow(count, 2 / 3.0)) - 1, count - 1 }
            .Where(i => i >= 0 && i < count).Distinct();

    private static Figure Features(string id, string what, string name, FeatureView view)
    {
        Plot plot = Chart.Create("t-SNE 1", "t-SNE 2");
        AddPoints(plot, view.Points.Where(point => !point.Anomaly), "normal samples", Palette.Normal, MarkerShape.OpenCircle, 4);
        AddPoints(plot, view.Points.Where(point => point.Anomaly), "anomalies", Palette.Anomaly, MarkerShape.FilledTriangleUp, 7);
        foreach (Ring ring in view.Rings)
        {
            Ellipse circle = plot.Add.Circle(view.CenterX, view.CenterY, ring.Radius);
            circle.FillColor = Colors.Transparent;
            circle.LineColor = Palette.Ink;
            circle.LineWidth = 1;
            circle.LinePattern = LinePattern.Dashed;
            if (ring == view.Rings[0])
            {
                circle.LegendText = string.Join(", ", view.Rings.Select(each => Names.Share(each.Share))) + " of all";
            }
        }

        plot.Axes.SquareUnits();
        plot.LegendBelow();
        return new Figure($"{id}-features-{name}", Invariant($"(c) Features, {what}: AUC {100 * view.Auc:F1}%"),
            "Features of true normal samples and true anomalies in two dimensions by t-SNE, "
            + "with circles around the center that hold parts of all.", plot);
    }

    private static void AddPoints(
        Plot plot, IEnumerable<FeaturePoint> points, string name, Color color, MarkerShape shape, float size)
    {
        Coordinates[] places = [.. points.Select(point => new Coordinates(point.X, point.Y))];
        if (places.Length == 0) return;
        Scatter scatter = plot.Add.ScatterPoints(places, color.WithAlpha(0.7));
        scatter.MarkerShape = shape;
        scatter.MarkerSize = size;
        scatter.LegendText = name;
    }

    private static Figure Scores(string id, string what, string name, ScoreBins histogram)
    {
        Plot plot = Chart.Create("anomaly score (logarithmic)", "share of its class (%)");
        AddClass(plot, histogram.Edges, histogram.Normal, histogram.NormalFit, "normal samples", Palette.Normal,
            LinePattern.Solid);
        AddClass(plot, histogram.Edges, histogram.Anomaly, histogram.AnomalyFit, "anomalies", Palette.Anomaly,
            LinePattern.Dashed);
        plot.LogarithmicOnX(histogram.Edges[0], histogram.Edges[^1]);
        plot.Axes.SetLimitsX(histogram.Edges[0], histogram.Edges[^1]);
        plot.Axes.Margins(bottom: 0);
        plot.LegendBelow();
        return new Figure($"{id}-scores-{name}", $"(c) Scores, {what}",
            "Histogram of the anomaly scores of true normal samples and true anomalies, each with the Gaussian that fits it.",
            plot);
    }

    private static void AddClass(
        Plot plot, IReadOnlyList<double> edges, IReadOnlyList<int> counts, FittedGaussian fit, string name, Color color,
        LinePattern pattern)
    {
        double total = Math.Max(1, counts.Sum());
        Histogram.AddOutline(plot, edges, [.. counts.Select(count => 100 * count / total)], name, color, pattern);
        if (!(fit.Std > 0)) return;
        double[] x = [.. Enumerable.Range(0, 201).Select(i => edges[0] + ((edges[^1] - edges[0]) * i / 200))];
        double scale = 100 * (edges[1] - edges[0]) / (fit.Std * Math.Sqrt(2 * Math.PI));
        Scatter curve = plot.Add.ScatterLine(
            x, x.Select(at => scale * Math.Exp(-0.5 * Math.Pow((at - fit.Mean) / fit.Std, 2))).ToArray(), color);
        curve.LineWidth = 2;
        curve.LinePattern = pattern;
    }
}
