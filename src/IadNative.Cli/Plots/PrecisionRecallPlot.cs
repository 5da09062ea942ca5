using System.Globalization;
using IadNative.Metrics;
using ScottPlot;

namespace IadNative.Cli.Plots;

/// <summary>The precision-recall curve.</summary>
internal static class PrecisionRecallPlot
{
    /// <summary>Draws it from n scores with labels of both kinds.</summary>
    public static Figure Draw(float[] scores, bool[] labels)
    {
        double share = (double)labels.Count(label => label) / labels.Length;
        IReadOnlyList<(double Recall, double Precision)> points = PrecisionRecallCurve.Points(scores, labels);
        string average = string.Create(CultureInfo.InvariantCulture,
            $"average precision {100 * PrecisionRecallCurve.AveragePrecision(points):F1}%");
        Plot plot = CurvePlot.Create("recall", "precision");
        CurvePlot.AddChance(plot, share, share);
        CurvePlot.Add(plot, points, $"detector, {average}", Palette.Blue);
        plot.LegendBelow();
        return new Figure("precision-recall", "Precision and recall",
            $"Precision-recall curve of the detector, {average}.", plot);
    }
}
