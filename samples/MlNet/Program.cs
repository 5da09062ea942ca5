using System.Globalization;
using IadNative;
using Microsoft.ML;
using Microsoft.ML.Data;

// IadNative as a trainer of ML.NET, beside ML.NET's own for anomalies, on the same rows, anomalies among them. Labels enter the AUC alone.
//
//   dotnet run -c Release --project samples/MlNet -- samples/satellite.csv.gz label
//
// Each trainer gets a line: the AUC of its scores, and how many of them differ. The rank 1 was chosen with labels, as the best of 1, 2, 3, 5, 10,
// 20 and 30; 20 is what the trainer takes if nothing is said.
if (args.Length != 2)
{
    Console.Error.WriteLine("MlNet DATA LABEL");
    return 2;
}

Dataset table = DatasetReader.Read(args[0], new DatasetReadOptions { Label = args[1] });
var ml = new MLContext(seed: 1);
SchemaDefinition schema = SchemaDefinition.Create(typeof(Sample));
schema[nameof(Sample.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, table.Columns);
IDataView data = ml.Data.LoadFromEnumerable(
    Enumerable.Range(0, table.Rows).Select(row => new Sample { Features = table.Row(row).ToArray(), Label = table.Labels![row] ? 1 : 0 }), schema);

foreach (int rank in (int[])[20, 1])
{
    Print($"RandomizedPca of rank {rank}", ml.Transforms.NormalizeMeanVariance("Features", fixZero: false)
        .Append(ml.AnomalyDetection.Trainers.RandomizedPca(rank: rank)).Fit(data));
}

Print("Iad", ml.AnomalyDetection.Trainers.Iad().Fit(data));
return 0;

void Print(string trainer, ITransformer model)
{
    IDataView scored = model.Transform(data);
    double auc = ml.AnomalyDetection.Evaluate(scored).AreaUnderRocCurve;
    int distinct = scored.GetColumn<float>("Score").Distinct().Count();
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{trainer}: AUC {100 * auc:F1}%, {distinct} distinct scores of {table.Rows}"));
}

internal sealed class Sample
{
    public float[] Features { get; set; } = [];

    public float Label { get; set; }
}
