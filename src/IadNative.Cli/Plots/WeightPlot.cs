using IadNative.Iad;
using ScottPlot;

namespace IadNative.Cli.Plots;

/// <summary>Mean importance weights over the rounds: of normal samples and anomalies, or of all without labels.</summary>
internal static class WeightPlot
{
    /// <summary>Draws it.</summary>
    public static Figure Draw(IReadOnlyList<RunReport> runs)
    {
        Plot plot = Chart.Create("round t", "mean importance weight");
        plot.CountOnX();
        RoundTrace normal = RoundTrace.Of(runs, round => round.NormalWeightMean);
        bool labelled = normal.Rounds.Length > 0;
        if (labelled)
        {
            RoundLines.Add(plot, normal, "normal samples", Palette.Normal, MarkerShape.FilledCircle);
            RoundLines.Add(plot, RoundTrace.Of(runs, round => round.AnomalyWeightMean), "anomalies", Palette.Anomaly,
                MarkerShape.FilledTriangleUp);
        }
        else
        {
            RoundLines.Add(plot, RoundTrace.Of(runs, round => round.WeightMean), "mean", Palette.Blue, MarkerShape.FilledCircle);
            RoundLines.Add(plot, RoundTrace.Of(runs, round => round.WeightMedian), "median", Palette.Green,
                MarkerShape.FilledSquare);
        }

        plot.Axes.SetLimitsY(-0.03, 1.05);
        plot.LegendBelow();
        return new Figure("weights", "Over the rounds", labelled
            ? "Line chart of the mean importance weights of normal samples and of anomalies in every round."
            : "Line chart of mean and median of the importance weights in every round.", plot);
    }
}
