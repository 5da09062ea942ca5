using IadNative.Cli.Html;
using IadNative.Cli.Plots;
using IadNative.Detectors;

namespace IadNative.Cli.FitReport;

/// <summary>The importance weights.</summary>
internal static class WeightsSection
{
    /// <summary>Their means over the rounds, and how they are spread in the end.</summary>
    public static Markup Create(FitResult result, FittedScores fitted) =>
        Page.Section("Importance weights", Pictures.Row(Shown(result, fitted)));

    private static IEnumerable<Markup> Shown(FitResult result, FittedScores fitted)
    {
        if (result.Runs.Any(run => run.Rounds.Count > 1))
        {
            yield return Pictures.Show(WeightPlot.Draw(result.Runs), fitted.Labels is null
                ? "Mean and median of the weights that each round trained with."
                : "Mean weights that each round trained with. The further apart, the less the anomalies were learned.");
        }

        yield return Pictures.Show(WeightHistogram.Draw(fitted.Weights, fitted.Labels),
            "The weights that follow from the scores of the detector that was kept.");
    }
}
