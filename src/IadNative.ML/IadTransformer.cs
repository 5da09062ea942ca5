using IadNative.ML.Rows;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace IadNative.ML;

/// <summary>
/// Scores a column of feature vectors, row by row as they are asked for, and adds three columns: <c>Score</c> (<see cref="float"/>; the higher,
/// the more anomalous), <c>PredictedLabel</c> (<see cref="bool"/>; whether the score lies above the detector's threshold) and <c>PValue</c>
/// (<see cref="double"/>; the share of normal rows that score so high, see <see cref="ScoringDetector.PValue"/>).
/// </summary>
public sealed class IadTransformer : ITransformer
{
    /// <summary>A transformer of a detector that was fitted or loaded elsewhere.</summary>
    /// <param name="detector">The detector.</param>
    /// <param name="featureColumnName">A column of vectors of <see cref="float"/>, of the detector's size.</param>
    /// <exception cref="ArgumentException">There is no detector, or the name of the column is null or empty.</exception>
    public IadTransformer(AnomalyDetector detector, string featureColumnName = "Features")
    {
        ArgumentNullException.ThrowIfNull(detector);
        ArgumentException.ThrowIfNullOrEmpty(featureColumnName);
        (Detector, FeatureColumnName) = (detector, featureColumnName);
    }

    internal IadTransformer(FitResult result, string featureColumnName)
        : this(result.Detector, featureColumnName) => Result = result;

    /// <summary>The detector. Its <see cref="AnomalyDetector.Save(string)"/> keeps it, and a new transformer takes what was loaded.</summary>
    public AnomalyDetector Detector { get; }

    /// <summary>What was measured while it was fitted, with the alarms to look at before it is trusted; null for a detector from elsewhere.</summary>
    public FitResult? Result { get; }

    /// <summary>The column of features.</summary>
    public string FeatureColumnName { get; }

    /// <summary>True: each row is scored by itself.</summary>
    public bool IsRowToRowMapper => true;

    /// <summary>The schema with the three columns behind its own.</summary>
    /// <exception cref="ArgumentNullException">There is no schema.</exception>
    /// <exception cref="ArgumentException">The column of features is missing or of another type or size.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new ScoredColumns(this, inputSchema).Output;
    }

    /// <summary>The data with the three columns; a row is scored when one of them is read.</summary>
    /// <exception cref="ArgumentNullException">There are no data.</exception>
    /// <exception cref="ArgumentException">The column of features is missing or of another type or size.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new ScoredView(input, new ScoredColumns(this, input.Schema));
    }

    /// <summary>What scores single rows, as a prediction engine does.</summary>
    /// <exception cref="ArgumentNullException">There is no schema.</exception>
    /// <exception cref="ArgumentException">The column of features is missing or of another type or size.</exception>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new ScoredColumns(this, inputSchema);
    }

    /// <summary>Not possible: of what ML.NET gives a transformer to save itself with, nothing is public.</summary>
    void ICanSaveModel.Save(ModelSaveContext ctx) => throw new NotSupportedException(
        $"ML.NET cannot save a transformer of another library. Keep the detector by {nameof(IadTransformer)}.{nameof(Detector)}.Save(path), what "
        + $"stands before it in the pipeline by mlContext.Model.Save, and join both by Append(new {nameof(IadTransformer)}(AnomalyDetector.Load(path))).");
}
