using IadNative.Tests.Detectors;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace IadNative.Tests.ML;

/// <summary>Rows of three features and a label as ML.NET has them, and the data set that they are.</summary>
internal sealed class MlRows
{
    public const int Features = 3;

    public MlRows(int n = 150)
    {
        Table = SyntheticData.Contaminated(n: n, d: Features);
        View = ViewOf(Enumerable.Range(0, n).Select(row =>
            new Sample { Features = Table.Row(row).ToArray(), Label = Table.Labels![row] ? 1 : 0, Id = row }));
    }

    public static MLContext Context { get; } = new(seed: 1);

    public static FitOptions Quick { get; } = SyntheticData.Quick();

    public Dataset Table { get; }

    public IDataView View { get; }

    public static IDataView ViewOf(IEnumerable<Sample> samples, int features = Features)
    {
        SchemaDefinition schema = SchemaDefinition.Create(typeof(Sample));
        schema[nameof(Sample.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, features);
        return Context.Data.LoadFromEnumerable(samples, schema);
    }

    public static T[] Column<T>(IDataView view, string name) => [.. view.GetColumn<T>(name)];
}

internal sealed class Sample
{
    [VectorType(MlRows.Features)]
    public float[] Features { get; set; } = [];

    public float Label { get; set; }

    public int Id { get; set; }
}

internal sealed class Scored
{
    public int Id { get; set; }

    public float Score { get; set; }

    public bool PredictedLabel { get; set; }

    public double PValue { get; set; }
}
