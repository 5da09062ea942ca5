using Microsoft.Extensions.Logging;

namespace IadNative.Extensions.Hosting.Serving;

/// <summary>What is logged.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Anomaly detector '{Detector}': {Source} serves, {Features} features, threshold {Threshold}.")]
    public static partial void Replaced(ILogger logger, string detector, string source, int features, float threshold);

    [LoggerMessage(2, LogLevel.Warning, "Anomaly detector '{Detector}': the reload failed, and the model before it stays. {Problem}")]
    public static partial void ReloadFailed(ILogger logger, string detector, string problem, Exception? exception);

    [LoggerMessage(3, LogLevel.Error, "Anomaly detector '{Detector}': there is no model, and rows are refused. {Problem}")]
    public static partial void NoModel(ILogger logger, string detector, string problem, Exception? exception);

    [LoggerMessage(4, LogLevel.Information, "Anomaly detector '{Detector}': {Source} is again what serves.")]
    public static partial void Recovered(ILogger logger, string detector, string source);
}
