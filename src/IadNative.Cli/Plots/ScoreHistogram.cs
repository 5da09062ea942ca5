using IadNative.Metrics;
using ScottPlot;
using ScottPlot.Plottables;

namespace IadNative.Cli.Plots;

/// <summary>How the anomaly scores are spread, and where the threshold lies.</summary>
internal static class ScoreHistogram
{
    private const int Bins = 40;

    /// <summary>Positive scores get a logarithmic axis where the largest is so many times the median.</summary>
    private const double FarOut = 10;

    /// <summary>Scores beyond these quantiles count in the outermost intervals.</summary>
    private const double LowQuantile = 0.002, HighQuantile = 0.998;

    /// <summary>Draws n finite scores.</summary>
    public static Figure Draw(float[] scores, bool[]? labels, float threshold)
    {
        float[] sorted = [.. scores.Order()];
        double median = Quantiles.Linear(sorted, 0.5);
        double lowest = Quantiles.Linear(sorted, LowQuantile), highest = Quantiles.Linear(sorted, HighQuantile);
        bool logarithmic = lowest > 0 && threshold > 0 && highest > FarOut * median;
        double Place(double score) => logarithmic ? Math.Log10(Math.Max(score, lowest)) : score;
        Plot plot = Chart.Create(logarithmic ? "anomaly score (logarithmic)" : "anomaly score",
            labels is null ? "share of samples (%)" : "share of its class (%)");
        double low = Math.Min(Place(lowest), Place(threshold)), high = Math.Max(Place(highest), Place(threshold));
        if (!(high > low)) (low, high) = (low - 0.5, high + 0.5);
        double margin = 0.02 * (high - low);
        Histogram.Add(plot, [.. scores.Select(score => Place(score))], labels, low - margin, high + margin, Bins);
        VerticalLine line = plot.Add.VerticalLine(Place(threshold), 2, Palette.Ink, LinePattern.Dotted);
        line.LegendText = "threshold";
        if (logarithmic) plot.LogarithmicOnX(low, high);
        plot.LegendBelow();
        return new Figure("scores", "Anomaly scores", "Histogram of the anomaly scores"
            + (labels is null ? "" : " of normal samples and of anomalies") + ", with the threshold.", plot);
    }
}
