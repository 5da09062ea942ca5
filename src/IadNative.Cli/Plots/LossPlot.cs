using IadNative.Iad;
using ScottPlot;

namespace IadNative.Cli.Plots;

/// <summary>Loss over the rounds.</summary>
internal static class LossPlot
{
    /// <summary>Draws it.</summary>
    public static Figure Draw(IReadOnlyList<RunReport> runs)
    {
        Plot plot = Chart.Create("round t", "weighted loss per sample");
        plot.CountOnX();
        RoundLines.Add(plot, RoundTrace.Of(runs, round => round.Loss),
            runs.Count > 1 ? "mean ± standard deviation" : "loss of the last epoch", Palette.Green, MarkerShape.FilledSquare);
        plot.LegendBelow();
        return new Figure("loss", "Loss", "Line chart of the loss in the last epoch of every round.", plot);
    }
}
