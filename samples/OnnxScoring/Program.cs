using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

// Scoring with ONNX Runtime and nothing of IadNative, as any program in any language can. To make a model and try:
//
//   dotnet run -c Release --project src/IadNative.Cli -- fit samples/satellite.csv.gz --label label --out satellite.iad
//   dotnet run -c Release --project src/IadNative.Cli -- export satellite.iad --onnx satellite.onnx
//   zcat samples/satellite.csv.gz | sed 1d | cut -d, -f1-36 | dotnet run -c Release --project samples/OnnxScoring -- satellite.onnx
//
// Rows are numbers parted by commas, one row in each line of standard input; of a category the place of the level in its list, from 0;
// nothing for a missing cell. Each gets a line: score, percentile among the training scores, and normal or anomaly.
const int RowsAtOnce = 1024;

if (args.Length != 1)
{
    Console.Error.WriteLine("OnnxScoring MODEL");
    return 2;
}

using var session = new InferenceSession(args[0]);
(string name, NodeMetadata rows) = session.InputMetadata.Single();
int columns = rows.Dimensions[1];
foreach (string[] block in Lines().Chunk(RowsAtOnce))
{
    double[] cells = [.. block.SelectMany(line => line.Split(','), (_, text) => text.Length == 0 ? double.NaN : double.Parse(text, CultureInfo.InvariantCulture))];
    int[] shape = [block.Length, columns];

    // Where a column is too fine for float32, such as times in seconds, the model takes float64.
    NamedOnnxValue input = rows.ElementType == typeof(double)
        ? NamedOnnxValue.CreateFromTensor(name, new DenseTensor<double>(cells, shape))
        : NamedOnnxValue.CreateFromTensor(name, new DenseTensor<float>(Array.ConvertAll(cells, cell => (float)cell), shape));
    using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> told = session.Run([input]);
    float[] scores = [.. told.First(value => value.Name == "score").AsEnumerable<float>()];
    double[] percentiles = [.. told.First(value => value.Name == "percentile").AsEnumerable<double>()];
    long[] labels = [.. told.First(value => value.Name == "label").AsEnumerable<long>()];
    for (int i = 0; i < scores.Length; i++)
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{scores[i]:r},{percentiles[i]:r},{(labels[i] == 1 ? "anomaly" : "normal")}"));
}

return 0;

static IEnumerable<string> Lines()
{
    while (Console.ReadLine() is { } line) yield return line;
}
