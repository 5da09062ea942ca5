namespace IadNative.Extensions.Hosting;

/// <summary>Names of what is measured.</summary>
public static class AnomalyDetectorMeter
{
    /// <summary>The meter.</summary>
    public const string Name = "IadNative";

    /// <summary>A counter: rows that were scored.</summary>
    public const string Rows = "iadnative.rows";

    /// <summary>A counter: those of them whose score lies above the threshold.</summary>
    public const string Anomalies = "iadnative.anomalies";

    /// <summary>A counter: rows that could not be scored, with <see cref="ReasonTag"/>.</summary>
    public const string BadRows = "iadnative.bad_rows";

    /// <summary>A counter: models that took the place of another, or of none.</summary>
    public const string Reloads = "iadnative.reloads";

    /// <summary>A counter: models that could not, once for each time and reason.</summary>
    public const string FailedReloads = "iadnative.failed_reloads";

    /// <summary>A histogram: scores, on the model's own scale, without those too large for a number.</summary>
    public const string Scores = "iadnative.score";

    /// <summary>A histogram: percentiles of scores among those of training. What is like the training data fills it evenly, whatever the model.</summary>
    public const string Percentiles = "iadnative.percentile";

    /// <summary>The tag that all of them have: the detector's name; <c>default</c> for the one without.</summary>
    public const string DetectorTag = "iadnative.detector";

    /// <summary>
    /// The tag of <see cref="BadRows"/>: <c>no_model</c>, <c>wrong_length</c>, <c>missing_cell</c>, <c>not_finite</c> or <c>unknown_level</c>.
    /// </summary>
    public const string ReasonTag = "iadnative.reason";
}
