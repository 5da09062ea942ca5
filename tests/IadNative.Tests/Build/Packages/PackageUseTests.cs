using System.Net;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using IadNative.Data;
using IadNative.Iad;
using IadNative.Onnx;
using IadNative.Parquet;
using IadNative.Tests.Data.Columnar;
using IadNative.Tests.Detectors;
using IadNative.Tests.Hosting;
using IadNative.Tests.Onnx;
using IadNative.Tests.Samples;

namespace IadNative.Tests.Build.Packages;

/// <summary>Programs that take every package from the folder, as their users do; what they make must be what it is from projects.</summary>
[Category("Slow")]
public sealed class PackageUseTests
{
    private const string FitAndScore = """
        using System.Runtime.InteropServices;
        using System.Security.Cryptography;
        using IadNative;
        using IadNative.Data;
        using IadNative.Iad;

        Dataset data = DatasetReader.Read(args[1], new DatasetReadOptions { Label = "label" });
        var options = new FitOptions
        {
            Model = BaseModel.Parse(args[0]), Training = new TrainingOptions { Rounds = 0, Epochs = args[0] == "auto" ? null : 1 },
        };
        float[] scores = AnomalyDetector.Fit(data, options).Detector.Score(data);
        Console.WriteLine($"{Environment.Version} {Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(scores.AsSpan())))}");
        """;

    private const string FromParquetToAll = """
        using System.Runtime.InteropServices;
        using System.Security.Cryptography;
        using IadNative;
        using IadNative.Extensions.Hosting;
        using IadNative.Onnx;
        using IadNative.Parquet;
        using Microsoft.Extensions.DependencyInjection;
        using Microsoft.Extensions.Hosting;
        using Microsoft.ML;
        using Microsoft.ML.Data;

        Dataset data = DatasetReader.Read(args[0], new DatasetReadOptions { Formats = [new ParquetFormat()] });
        var options = new FitOptions { Model = BaseModel.Autoencoder, Training = new TrainingOptions { Rounds = 0, Epochs = 1 } };
        AnomalyDetector detector = AnomalyDetector.Fit(data, options).Detector;
        float[] scores = detector.Score(data);
        Tell("fit", scores);
        detector.Save(args[1]);
        detector.ExportOnnx(args[2]);
        Console.WriteLine($"onnx {OnnxModelInfo.Read(args[2]).Model}");

        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddAnomalyDetector("one").FromFile(args[1]);
        using (IHost host = builder.Build())
        {
            await host.StartAsync();
            var served = host.Services.GetRequiredKeyedService<IAnomalyDetectorProvider>("one");
            Tell("host", [.. Enumerable.Range(0, data.Rows).Select(i => served.TryScore(data.Row(i), out DetectorScore told) ? told.Score : float.NaN)]);
            await host.StopAsync();
        }

        var ml = new MLContext();
        SchemaDefinition schema = SchemaDefinition.Create(typeof(Sample));
        schema[nameof(Sample.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, data.Columns);
        IDataView view = ml.Data.LoadFromEnumerable(Enumerable.Range(0, data.Rows).Select(row => new Sample { Features = data.Row(row).ToArray() }), schema);
        Tell("ml", [.. ml.AnomalyDetection.Trainers.Iad("Features", options).Fit(view).Transform(view).GetColumn<float>("Score")]);

        void Tell(string name, float[] scores) =>
            Console.WriteLine($"{name} {Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(scores.AsSpan())))}");

        internal sealed class Sample
        {
            public float[] Features { get; set; } = [];
        }
        """;

    private static readonly string[] s_packages =
        ["IadNative.Parquet", "IadNative.Onnx", "IadNative.Extensions.Hosting", "IadNative.ML", "Microsoft.Extensions.Hosting"];

    private const string PartsInAFleet = """
        using IadNative;
        using IadNative.Fleet;
        using IadNative.Fleet.PostgreSql;
        using IadNative.Orleans;
        using Microsoft.Extensions.Hosting;

        Dataset all = DatasetReader.Read(args[0], new DatasetReadOptions { Label = "label" });
        var folder = new FleetFolder(args[1]);
        var parts = new List<Partition>();
        for (int part = 0; part < 2; part++)
        {
            float[] rows = all.Values.AsSpan(part * 300 * all.Columns, 300 * all.Columns).ToArray();
            var data = new Dataset($"part {part}", rows, 300, all.Columns);
            parts.Add(PartitionFile.Describe(data.Name, data));
            await folder.Partitions.TryAddAsync(parts[^1].Hash, PartitionFile.Write(data));
        }

        var plan = new FleetPlan(parts, OptionGrid.Parse("model=svdd;rounds=0;epochs=1"), [0, 1]);
        FleetRun run = await new FleetRunner(folder.Partitions, folder.Results).RunAsync(plan);
        Console.WriteLine($"{run.Fitted} fitted");
        for (int i = 0; i < plan.Jobs; i++) Console.WriteLine((await folder.Results.FindAsync(plan.KeyOf(i)))!.Detector!.Digest.Length);

        // Nobody listens there.
        using var cluster = new PostgreSqlFleets("Host=127.0.0.1;Port=1;Timeout=1");
        try { await cluster.OpenAsync(); } catch (IOException exception) { Console.WriteLine(exception.Message.Split(':')[0]); }
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.AddFleetNode(new FleetNodeOptions { Database = "Host=127.0.0.1;Port=1;Timeout=1", Slots = 1 });
        using IHost host = builder.Build();
        Console.WriteLine("node");
        """;

    private static readonly string s_satellite = Path.Combine(AppContext.BaseDirectory, "samples", "satellite.csv.gz");
    private static readonly Lazy<string> s_net8 = new(() => PackagedProgram.Of("FitAndScore", "net8.0", FitAndScore, "IadNative").Publish());

    [Test]
    public void On_Net_8_the_library_fits_and_scores_the_same_to_the_bit([Values("svdd", "maf", "auto")] string model)
    {
        Dataset data = DatasetReader.Read(s_satellite, new DatasetReadOptions { Label = "label" });
        var options = new FitOptions { Model = BaseModel.Parse(model), Training = new TrainingOptions { Rounds = 0, Epochs = model == "auto" ? null : 1 } };
        float[] scores = AnomalyDetector.Fit(data, options).Detector.Score(data);
        string printed = PackageFeed.Run(s_net8.Value, model, s_satellite);
        Assert.That(printed, Does.StartWith("8.0."));
        Assert.That(printed.Trim().Split(' ')[1], Is.EqualTo(HashOf(scores)));
    }

    [Test]
    public void Parquet_ONNX_hosting_and_ML_NET_give_one_program_the_scores_of_the_library([Values("net8.0", "net10.0")] string framework)
    {
        string table = Path.Combine(PackageFeed.Folder.FullName, $"{framework}.parquet");
        string model = Path.ChangeExtension(table, "iad"), graph = Path.ChangeExtension(table, "onnx");
        Dataset made = SyntheticData.Contaminated(n: 300, d: 4);
        var file = new ParquetFile();
        for (int column = 0; column < made.Columns; column++)
            file.Add(made.FeatureNames[column], Enumerable.Range(0, made.Rows).Select(row => made.Row(row)[column]).ToArray());
        File.WriteAllBytes(table, file.Write());
        string printed = PackageFeed.Run(
            PackagedProgram.Of("All-" + framework, framework, FromParquetToAll, s_packages).Publish(), table, model, graph);

        Dataset data = DatasetReader.Read(table, new DatasetReadOptions { Formats = [new ParquetFormat()] });
        var options = new FitOptions { Model = BaseModel.Autoencoder, Training = new TrainingOptions { Rounds = 0, Epochs = 1 } };
        AnomalyDetector detector = AnomalyDetector.Fit(data, options).Detector;
        float[] scores = detector.Score(data);
        string hash = HashOf(scores);
        Assert.That(printed.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            Is.EqualTo((string[])[$"fit {hash}", "onnx ae", $"host {hash}", $"ml {hash}"]));
        Assert.That(AnomalyDetector.Load(model).Score(data), Is.EqualTo(scores));
        Assert.That(OnnxModelInfo.Read(graph).Threshold, Is.EqualTo(detector.Threshold));
        Assert.That(OnnxRuntimeProgram.Score(graph, Array.ConvertAll(data.Values, value => (double)value), data.Columns).Select(told => told.IsAnomaly),
            Is.EqualTo(scores.Select(detector.IsAnomaly)));
    }

    [Test]
    public void A_program_fits_a_fleet_and_makes_a_node_of_a_cluster()
    {
        string program = PackagedProgram.Of("Fleet", "net10.0", PartsInAFleet, "IadNative.Orleans", "Microsoft.Extensions.Hosting").Publish();
        string printed = PackageFeed.Run(program, s_satellite, Path.Combine(PackageFeed.Folder.FullName, "fleet"));
        Assert.That(printed.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            Is.EqualTo((string[])["4 fitted", "64", "64", "64", "64", "The database failed", "node"]));
    }

    [TestCase("KeepLearning", @"^\d+ refits; mean AUC from window \d+ on: ")]
    [TestCase("RobustDetector", @"^untrained [\d.]+ ?%, base [\d.]+ ?%, IAD [\d.]+ ?% \(round \d+\)$")]
    [TestCase("MlNet", @"^Iad: AUC 8\d\.\d%, \d+ distinct scores of 6435$")]
    public void A_sample_runs_on_packages(string sample, string lastLine)
    {
        string printed = PackageFeed.Run(PackagedProgram.OfSample(sample).Publish(), s_satellite, "label");
        Assert.That(printed.TrimEnd().Split('\n')[^1].Trim(), Does.Match(lastLine));
    }

    [Test]
    public async Task The_sample_of_a_service_runs_on_packages()
    {
        Dataset data = SyntheticData.Contaminated(n: 40, d: 6);
        string model = Path.Combine(PackageFeed.Folder.FullName, "served.iad");
        ServedDetectors.First.Save(model);
        using var service = new RunningService(PackagedProgram.OfSample("ScoringService").Publish(), $"--Detector:Path={model}");
        Assert.That(await service.Get("/health"), Is.EqualTo((HttpStatusCode.OK, "Healthy")));
        string row = string.Join(',', data.Row(0).ToArray().Select(cell => FormattableString.Invariant($"{cell:R}")));
        (HttpStatusCode status, string body) = await service.Post($$"""{"rows": [[{{row}}]]}""");
        Assert.That(status, Is.EqualTo(HttpStatusCode.OK), body);
        Assert.That(body, Does.Contain(FormattableString.Invariant($"\"score\":{ServedDetectors.First.Score(data.Row(0)):R}")));
    }

    private static string HashOf(float[] scores) => Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(scores.AsSpan())));
}
