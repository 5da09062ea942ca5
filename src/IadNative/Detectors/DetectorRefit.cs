using IadNative.Data;
using IadNative.Messages;

namespace IadNative.Detectors;

/// <summary>From a detector and new data to a detector that went on from there.</summary>
internal static class DetectorRefit
{
    /// <param name="detector">The detector.</param>
    /// <param name="data">The new data.</param>
    /// <param name="options">How.</param>
    /// <param name="progress">Receives progress; may be null.</param>
    /// <param name="cancellationToken">Stops between two epochs.</param>
    /// <param name="mayUseUp">Whether the data may be used up.</param>
    public static FitResult Run(
        AnomalyDetector detector, Dataset data, RefitOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken,
        bool mayUseUp = false)
    {
        options.Validate();
        Dataset matched = ColumnMatch.OfSameKind(data, detector, options.ByPosition);
        string[] unseen = [.. UnseenNotes(matched)];
        FitResult result = DetectorFit.Run(
            matched, options.For(detector.Options, detector.Seed), progress, cancellationToken, mayUseUp: mayUseUp,
            from: new RefitStart(detector.Content, options.EpochShare));
        return result with { Notes = [.. result.Notes, .. unseen] };
    }

    // A network has no input for a level that was not there when it was made.
    private static IEnumerable<string> UnseenNotes(Dataset data)
    {
        for (int column = 0; column < data.Columns; column++)
        {
            if (data.Features[column].Kind != FeatureKind.Category) continue;
            int rows = 0;
            for (int row = 0; row < data.Rows; row++)
            {
                if (data.Values[(row * data.Columns) + column] < 0) rows++;
            }

            if (rows == 0) continue;
            yield return FormattableString.Invariant(
                $"{rows} of {data.Rows} rows have levels of {ForeignText.Quote(data.FeatureNames[column])} that the detector does not know. Fit a new ")
                + "one to tell them apart.";
        }
    }
}
