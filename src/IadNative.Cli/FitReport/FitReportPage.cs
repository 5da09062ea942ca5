using IadNative.Cli.Html;
using IadNative.Data;
using IadNative.Detectors;

namespace IadNative.Cli.FitReport;

/// <summary>The page that <c>iad fit --report</c> writes.</summary>
internal static class FitReportPage
{
    /// <summary>Puts it together.</summary>
    /// <param name="arguments">What the command was told.</param>
    /// <param name="data">What it was fitted on.</param>
    /// <param name="result">What came of it.</param>
    public static Markup Create(FitArguments arguments, Dataset data, FitResult result)
    {
        FittedScores fitted = FittedScores.Of(result, data);
        return Page.Create(
            $"Anomaly detection on {data.Name}",
            $"{FitDescription.Data(data)}. {FitDescription.Model(result.Options)}.",
            [
                ResultsSection.Create(data, result, fitted),
                RoundsSection.Create(result),
                WeightsSection.Create(result, fitted),
                ScoresSection.Create(result.Detector, fitted),
                TopAnomaliesSection.Create(data, result),
                DataSection.Create(arguments, data, result),
                ControlsSection.Create(data, result),
                SettingsSection.Create(arguments, result),
                OriginSection.Create(arguments, result),
            ]);
    }
}
