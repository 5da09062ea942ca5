using IadNative.Iad;
using ScottPlot;

namespace IadNative.Cli.Plots;

/// <summary>AUC over the rounds, with the untrained control.</summary>
internal static class AucPlot
{
    /// <summary>Draws it for runs whose labels are known.</summary>
    public static Figure Draw(IReadOnlyList<RunReport> runs)
    {
        Plot plot = Chart.Create("round t (0: base)", "AUC (%)");
        plot.CountOnX();
        RoundLines.Add(plot, RoundTrace.Of(runs, round => 100 * round.Auc),
            runs.Count > 1 ? "mean ± standard deviation" : "AUC", Palette.Blue, MarkerShape.FilledCircle);
        double[] untrained = [.. runs.Select(run => run.UntrainedAuc).OfType<double>()];
        if (untrained.Length > 0) RoundLines.AddLevel(plot, 100 * untrained.Average(), "untrained");
        plot.LegendBelow();
        string beside = untrained.Length > 0 ? " beside that of the untrained network" : "";
        return new Figure("auc", "AUC", $"Line chart of the AUC of every round{beside}.", plot);
    }
}
