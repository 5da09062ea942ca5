using IadNative.Iad;
using ScottPlot;
using ScottPlot.Plottables;

namespace IadNative.Cli.Plots;

/// <summary>Rank flips h over the rounds, and which round each run selected.</summary>
internal static class RankFlipPlot
{
    /// <summary>Draws it; there is nothing to draw before round 1.</summary>
    public static Figure Draw(IReadOnlyList<RunReport> runs)
    {
        Plot plot = Chart.Create("round t", "rank flips h (samples)");
        plot.CountOnX();
        if (runs.Count > 1)
        {
            foreach (RunReport run in runs)
            {
                RoundReport[] rounds = [.. run.Rounds.Where(round => round.RankFlips is not null)];
                Scatter thin = plot.Add.ScatterLine(
                    rounds.Select(round => (double)round.Round).ToArray(),
                    rounds.Select(round => (double)round.RankFlips!).ToArray(),
                    Palette.Blue.WithAlpha(0.35));
                thin.LineWidth = 1;
                if (run == runs[0]) thin.LegendText = "each run";
            }
        }

        RoundTrace mean = RoundTrace.Of(runs, round => round.RankFlips);
        RoundLines.Add(plot, mean with { Std = [] }, runs.Count > 1 ? "mean" : "h", Palette.Blue, MarkerShape.FilledCircle);
        RoundReport[] selected =
            [.. runs.Where(run => run.SelectedRound > 0).Select(run => run.Rounds[run.SelectedRound])];
        if (selected.Length > 0)
        {
            Scatter marks = plot.Add.ScatterPoints(
                selected.Select(round => (double)round.Round).ToArray(),
                selected.Select(round => (double)round.RankFlips!).ToArray(),
                Palette.Vermillion);
            marks.MarkerShape = MarkerShape.OpenDiamond;
            marks.MarkerSize = 13;
            marks.MarkerLineWidth = 2;
            marks.LegendText = runs.Count > 1 ? "selected rounds" : "selected round";
        }

        plot.Axes.SetLimitsY(0, Math.Max(1, runs.SelectMany(run => run.Rounds).Max(round => round.RankFlips ?? 0)) * 1.05);
        plot.LegendBelow();
        return new Figure("rank-flips", "Rank flips",
            "Line chart of the rank flips h of every round, with the selected rounds marked.", plot);
    }
}
