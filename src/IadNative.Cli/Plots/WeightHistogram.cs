using ScottPlot;

namespace IadNative.Cli.Plots;

/// <summary>How the importance weights are spread.</summary>
internal static class WeightHistogram
{
    private const int Bins = 20;

    /// <summary>Draws n weights between 0 and 1.</summary>
    public static Figure Draw(float[] weights, bool[]? labels)
    {
        Plot plot = Chart.Create("importance weight", labels is null ? "share of samples (%)" : "share of its class (%)");
        Histogram.Add(plot, [.. weights.Select(weight => (double)weight)], labels, 0, 1, Bins);
        plot.LegendBelow();
        return new Figure("weight-histogram", "In the end", "Histogram of the importance weights"
            + (labels is null ? "." : " of normal samples and of anomalies."), plot);
    }
}
