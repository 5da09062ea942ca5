using System.Globalization;
using IadNative;

// Scoring inside another program: load a model once, then score rows as they come. To make a model and try:
//
//   dotnet run -c Release --project src/IadNative.Cli -- fit samples/satellite.csv.gz --label label --out satellite.iad
//   dotnet publish samples/EmbeddedScoring -c Release -r linux-x64 -p:PublishAot=true -o embedded
//   zcat samples/satellite.csv.gz | sed 1d | cut -d, -f1-36 | head -5 | embedded/EmbeddedScoring satellite.iad
//
// Compiled ahead of time, vectors are 128 bits wide, which every x64 processor has. -p:IlcInstructionSet=native takes the widest
// of the machine at hand, -p:IlcInstructionSet=x86-64-v3 those of any machine with AVX2; scores differ in their last digits.
//
// Rows are features parted by commas: the words behind the model's file, or else the lines of standard input. Each gets a line:
// score, percentile among the training scores, and normal or anomaly.
if (args.Length == 0)
{
    Console.Error.WriteLine("EmbeddedScoring MODEL [ROW ...]");
    return 2;
}

AnomalyDetector detector = AnomalyDetector.Load(args[0]);
foreach (string row in args.Length > 1 ? args.Skip(1) : Lines())
{
    float[] features = Array.ConvertAll(row.Split(','), text => float.Parse(text, CultureInfo.InvariantCulture));
    float score = detector.Score(features);
    string label = detector.IsAnomaly(score) ? "anomaly" : "normal";
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{score},{detector.Percentile(score):F1},{label}"));
}

return 0;

static IEnumerable<string> Lines()
{
    while (Console.ReadLine() is { } line) yield return line;
}
