using IadNative.ML.Rows;
using Microsoft.ML;

namespace IadNative.ML;

/// <summary>Fits a detector by IAD on a column of feature vectors.</summary>
public sealed class IadTrainer : IEstimator<IadTransformer>
{
    private readonly string _featureColumn;
    private readonly FitOptions _options;

    /// <summary>A trainer.</summary>
    /// <param name="featureColumnName">A column of vectors of <see cref="float"/>, all of one size.</param>
    /// <param name="options">What to fit and how; null for the defaults.</param>
    /// <exception cref="ArgumentException">The name of the column is null or empty.</exception>
    public IadTrainer(string featureColumnName = "Features", FitOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(featureColumnName);
        (_featureColumn, _options) = (featureColumnName, options ?? new FitOptions());
    }

    /// <summary>
    /// Fits a detector on all rows, which are read once and kept in memory. A cell that is NaN is missing, and refused unless
    /// <see cref="FitOptions.Imputation"/> says what takes its place.
    /// </summary>
    /// <exception cref="ArgumentNullException">There are no data.</exception>
    /// <exception cref="ArgumentException">
    /// The column is missing or of another type; there are no rows; a cell may not be what it is; an option is out of range, or the data cannot
    /// be trained on.
    /// </exception>
    /// <exception cref="TrainingFailedException">Every run met a loss or score that is not finite in its first round.</exception>
    /// <exception cref="DeviceFailedException"><see cref="FitOptions.Device"/> failed before any run had finished a round.</exception>
    public IadTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        FitResult result = AnomalyDetector.Fit(
            FeatureRows.Read(input, _featureColumn, mayMiss: _options.Imputation != Imputation.None), _options);
        return new IadTransformer(result, _featureColumn);
    }

    /// <summary>The columns that a transformer would add to such a schema.</summary>
    /// <exception cref="ArgumentNullException">There is no schema.</exception>
    /// <exception cref="ArgumentException">The column of features is missing or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return ScoredColumns.ShapeOf(inputSchema, _featureColumn);
    }
}
