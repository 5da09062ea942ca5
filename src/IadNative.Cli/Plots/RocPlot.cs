using System.Globalization;
using IadNative.Metrics;
using ScottPlot;

namespace IadNative.Cli.Plots;

/// <summary>The ROC curve.</summary>
internal static class RocPlot
{
    /// <summary>Draws it from n scores with labels of both kinds.</summary>
    public static Figure Draw(float[] scores, bool[] labels)
    {
        Plot plot = CurvePlot.Create("false positive rate", "true positive rate");
        CurvePlot.AddChance(plot, 0, 1);
        double auc = RocAuc.Compute(scores, labels);
        CurvePlot.Add(plot, RocCurve.Points(scores, labels),
            string.Create(CultureInfo.InvariantCulture, $"detector, AUC {100 * auc:F1}%"), Palette.Blue);
        plot.LegendBelow();
        return new Figure("roc", "ROC",
            string.Create(CultureInfo.InvariantCulture, $"ROC curve of the detector, AUC {100 * auc:F1}%."), plot);
    }
}
