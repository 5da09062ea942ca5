using Microsoft.ML;
using Microsoft.ML.Data;

namespace IadNative.ML.Rows;

/// <summary>The columns of scored rows: those of the rows, and three behind them.</summary>
internal sealed class ScoredColumns : IRowToRowMapper
{
    private readonly IadTransformer _transformer;
    private readonly DataViewSchema.Column _features;

    /// <exception cref="ArgumentException">The column of features is missing or of another type or size.</exception>
    public ScoredColumns(IadTransformer transformer, DataViewSchema input)
    {
        (_features, int size) = FeatureRows.Find(input, transformer.FeatureColumnName);
        if (size != transformer.Detector.Features)
        {
            throw new ArgumentException(
                $"The column '{_features.Name}' has vectors of {size} numbers, but the detector was fitted on {transformer.Detector.Features}.");
        }

        _transformer = transformer;
        Input = input;
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(input);
        builder.AddColumn(nameof(Added.Score), NumberDataViewType.Single);
        builder.AddColumn(nameof(Added.PredictedLabel), BooleanDataViewType.Instance);
        builder.AddColumn(nameof(Added.PValue), NumberDataViewType.Double);
        Output = builder.ToSchema();
    }

    public DataViewSchema Input { get; }

    public DataViewSchema Output { get; }

    DataViewSchema IRowToRowMapper.InputSchema => Input;

    DataViewSchema IRowToRowMapper.OutputSchema => Output;

    /// <summary>What the trainer adds to a schema of which no more than names and kinds are known.</summary>
    /// <exception cref="ArgumentException">The column of features is missing or of another type.</exception>
    public static SchemaShape ShapeOf(SchemaShape input, string featureColumn)
    {
        SchemaShape.Column[] found = [.. input.Where(column => column.Name == featureColumn)];
        if (found.Length == 0) throw new ArgumentException($"There is no column '{featureColumn}'. Concatenate features into one.", nameof(input));
        if (found[0].Kind != SchemaShape.Column.VectorKind.Vector || found[0].ItemType != NumberDataViewType.Single)
        {
            throw new ArgumentException(
                $"The column '{featureColumn}' is a {found[0].Kind} of {found[0].ItemType}, but a vector of Single of a known size is needed.", nameof(input));
        }

        // Only ML.NET itself can make columns of a shape, so one of its own estimators does.
        return new MLContext().Transforms.CustomMapping<None, Added>((_, _) => { }, contractName: null).GetOutputSchema(input);
    }

    /// <summary>The columns of the input that are read for some of the output.</summary>
    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
    {
        bool needsFeatures = false;
        var needed = new SortedSet<int>();
        foreach (DataViewSchema.Column column in dependingColumns)
        {
            if (column.Index < Input.Count) needed.Add(column.Index);
            else needsFeatures = true;
        }

        if (needsFeatures) needed.Add(_features.Index);
        return needed.Select(index => Input[index]);
    }

    /// <summary>A row with its score.</summary>
    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns) => new ScoredRow(input, this, activeColumns);

    /// <summary>What reads the score of a row, made where one of the three columns is read.</summary>
    public RowScore ScoreOf(DataViewRow row) => new(_transformer.Detector, row, _features);

    private sealed class None
    {
    }

    /// <summary>The three columns.</summary>
    private sealed class Added
    {
        public float Score { get; set; }

        public bool PredictedLabel { get; set; }

        public double PValue { get; set; }
    }
}
