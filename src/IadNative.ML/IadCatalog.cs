using IadNative;
using IadNative.ML;

namespace Microsoft.ML;

/// <summary>Adds IadNative to the trainers of <see cref="AnomalyDetectionCatalog"/>.</summary>
public static class IadCatalog
{
    /// <summary>
    /// A trainer that fits a detector by IAD on rows that nobody cleaned, and needs neither labels nor a contamination ratio. It adds the columns
    /// <c>Score</c>, <c>PredictedLabel</c> and <c>PValue</c>.
    /// </summary>
    /// <param name="catalog">The trainers.</param>
    /// <param name="featureColumnName">A column of vectors of <see cref="float"/>, all of one size.</param>
    /// <param name="options">What to fit and how; null for the defaults. Seeds come from here, not from the context.</param>
    /// <exception cref="ArgumentException">There are no trainers, or the name of the column is null or empty.</exception>
    public static IadTrainer Iad(this AnomalyDetectionCatalog.AnomalyDetectionTrainers catalog, string featureColumnName = "Features",
        FitOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new IadTrainer(featureColumnName, options);
    }
}
