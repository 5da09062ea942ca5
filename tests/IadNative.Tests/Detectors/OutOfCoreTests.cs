using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Data;
using IadNative.Data.Formats;
using IadNative.Data.Preparation;
using IadNative.Data.Reading;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;
using IadNative.Networks;
using IadNative.Tests.Cli;
using IadNative.Tests.Data;
using IadNative.Tests.Data.Columnar;

namespace IadNative.Tests.Detectors;

/// <summary>Fits whose features stay on disk are those of the same tables in memory, bit for bit.</summary>
public sealed class OutOfCoreTests
{
    private static readonly DatasetReadOptions s_reading = Tables.Options with { Label = "label", Categorical = ["few", "many"] };

    [Test]
    public void Every_model_is_that_of_the_table_in_memory([EachModel] BaseModel model) =>
        AssertSame(Csv(401), new FitOptions
        {
            Model = model,
            Network = model is AutomaticCommittee ? null : new NetworkSpec(6, 4).On(model),
            Training = new TrainingOptions { Rounds = 2, Seed = 3, Epochs = model is AutomaticCommittee || !model.HasNetwork ? null : 2 },
            Imputation = Imputation.Median,
        });

    [Test]
    public void What_is_filled_and_scaled_is_the_same([Values] FeatureScaling scaling, [Values(Imputation.Mean, Imputation.Median)] Imputation imputation) =>
        AssertSame(Csv(5_003), Quick with { Scaling = scaling, Imputation = imputation });

    [Test]
    public void Rows_that_lack_a_cell_may_be_dropped() =>
        AssertSame(Csv(5_003), Quick, s_reading with { Missing = MissingValues.Drop, Id = "id" });

    [Test]
    public void Rows_that_need_no_preparation_train_where_they_were_read()
    {
        string csv = "a,b,label\n" + string.Concat(Enumerable.Range(0, 300).Select(i => $"{i % 17},{i % 23},{(i % 50 == 0 ? 1 : 0)}\n"));
        AssertSame(Encoding.UTF8.GetBytes(csv), Quick with { Scaling = FeatureScaling.Standard }, s_reading with { Categorical = [] });
    }

    [Test]
    public void Neither_threads_nor_members_nor_choices_of_columns_matter([Values(1, 2, 3)] int threads) =>
        AssertSame(Csv(777), new FitOptions
        {
            Threads = threads,
            Imputation = Imputation.Mean,
            Families =
            [
                new DetectorFamily { Model = BaseModel.OneClassSvdd, Network = new NetworkSpec(4, 2), Count = 3, Columns = [0, 2, 3] },
                new DetectorFamily { Model = BaseModel.Autoencoder, Network = new NetworkSpec(4, 2), Count = 2, ColumnsPerMember = 4 },
                new DetectorFamily { Model = BaseModel.Gaussian },
            ],
            Training = new TrainingOptions { Rounds = 1, Seeds = 2 },
        });

    [Test]
    public void Formats_do_not_matter()
    {
        const int Rows = 9_001;
        double[] time = [.. Enumerable.Range(0, Rows).Select(i => 1.7e9 + (i * 0.37 % 100))], plain = [.. Enumerable.Range(0, Rows).Select(i => Math.Sin(i))];
        DatasetReadOptions reading = Tables.Options with { Missing = MissingValues.Error };
        FitOptions options = Quick;
        AssertSame(new ParquetFile().Add("t", time).Add("p", plain).Write(rowsOfGroup: 777), options, reading);
        AssertSame(Files.Npy("<f8", $"({Rows}, 2)", [.. time.Zip(plain, (a, b) => (double[])[a, b]).SelectMany(row => row)]), options, reading);
        AssertSame(Files.Npy("<f4", $"({Rows}, 1)", plain), options, reading);
        AssertSame(
            Encoding.UTF8.GetBytes(string.Concat(time.Zip(plain, (a, b) => FormattableString.Invariant($"{{\"t\":{a:R},\"p\":{b:R}}}\n")))), options, reading);
    }

    [Test]
    public void Columns_of_which_float32_loses_something_in_some_blocks_only_are_the_same()
    {
        // Within most blocks of 4,096 rows float32 tells the values apart, or there is one alone.
        string csv = "a,b,c\n" + string.Concat(Enumerable.Range(0, 13_000).Select(i => FormattableString.Invariant(
            $"{(i < 9_000 ? i % 97 : 1e9 + (i * 0.125))},{(i / 4_096 * 0.001) + 16_777_216},{i % 31}\n")));
        Dataset inMemory = AssertSame(Encoding.UTF8.GetBytes(csv), Quick, Tables.Options);
        Assert.That((inMemory.Cells.IsWide(0), inMemory.Cells.IsWide(1), inMemory.Cells.IsWide(2)), Is.EqualTo((true, true, false)));
    }

    [Test]
    public void Stretches_and_samples_of_long_columns_are_the_same()
    {
        // More numbers than a stretch, which ends at an odd row, and more rows than order statistics look at, of which they take every second.
        const int Rows = 300_017, Columns = 17;
        var random = new System.Random(5);
        float[] values = [.. Enumerable.Range(0, Rows * Columns).Select(i => i % Columns == 3 ? i / Columns % 5 : (float)((random.NextDouble() * 8) - 4))];
        values[^1] = 1e6f;
        byte[] npy = Files.NpyOfHeader(
            $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({Rows}, {Columns}), }}", MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
        foreach (BaseModel model in (BaseModel[])[BaseModel.Gaussian, BaseModel.OneClassSvdd])
        {
            Dataset inMemory = AssertSame(npy, new FitOptions
            {
                Model = model, Training = new TrainingOptions { Rounds = 1, Epochs = 1 },
            }, new DatasetReadOptions());
            Assert.That((long)inMemory.Rows * inMemory.Columns * sizeof(float), Is.GreaterThan(16 << 20));
        }
    }

    [TestCase("(1, 65536, 65536)")]
    [TestCase("(1, 65536, 49152)")]
    [TestCase("(2147483647, 2147483647)")]
    public void A_header_that_tells_of_rows_too_long_for_an_array_is_refused(string shape)
    {
        using var folder = new TestFolder();
        string file = folder.File("hostile.npy.gz");
        using (var packed = new System.IO.Compression.GZipStream(File.Create(file), System.IO.Compression.CompressionLevel.Fastest))
            packed.Write(Files.NpyOfHeader($"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}", new byte[64]));
        Assert.That(
            () => AnomalyDetector.FitOutOfCore(file, options: Quick, temporaryFolder: folder.File("")),
            Throws.TypeOf<DataFormatException>().With.Message.Contains("impossible shape"));
    }

    [Test]
    public void Samples_of_columns_are_counted_up_to_the_longest_table([Values(1, 200_000, 200_001, 2_147_283_649)] int rows)
    {
        foreach (int many in (int[])[rows, Array.MaxLength])
        {
            int step = ColumnSample.StepOf(many), count = ColumnSample.RowsOf(many);
            Assert.That(count, Is.InRange(1, ColumnSample.MostRows));
            Assert.That(((count - 1L) * step, (long)count * step >= many), Is.EqualTo((Math.Min((count - 1L) * step, many - 1L), true)));
        }
    }

    [Test]
    public void Rows_behind_the_numbers_of_an_array_are_gathered_and_scored()
    {
        // A file of which only the first and the last rows were ever written.
        const int Width = 1 << 16, Rows = (1 << 15) + 40, Few = 24;
        var random = new System.Random(3);
        float[] few = [.. Enumerable.Range(0, Few * Width).Select(_ => (float)random.NextDouble())];
        using var folder = new TestFolder();
        using var file = new TemporaryFile(folder.File(""));
        file.Write<float>((long)(Rows - Few) * Width, few);
        Numbers<float> data = file.Map<float>((long)Rows * Width);
        Assert.That(data.Length, Is.GreaterThan(int.MaxValue));
        var scaler = new FeatureScaler(new float[Width], [.. Enumerable.Repeat(1f, Width)]);
        var plan = new IadNative.Iad.Members.ModelPlan(BaseModel.OneClassSvdd, new NetworkSpec(2), Width, epochs: 1);
        (float[] parameters, float[] scores) = Train(data, Rows - Few);
        (float[] expected, float[] expectedScores) = Train(few, 0);
        Assert.That(parameters, Is.EqualTo(expected));
        Assert.That(scores[^Few..], Is.EqualTo(expectedScores));
        Assert.That(scores[..^Few].Distinct().Count(), Is.EqualTo(1), "all others are rows of zeros");

        (float[], float[]) Train(Numbers<float> rows, int first)
        {
            var spec = new SessionSpec
            {
                Data = rows, Scaler = scaler, BatchSize = 8, LearningRate = 0.01,
                Replicas = [new ReplicaSpec(1, 0, [.. Enumerable.Range(first, Few)])],
            };
            using ISession session = ((IDevice)new CpuDevice(2)).CreateSession(plan.Training, spec);
            session.Initialize(0);
            session.BeginRound();
            session.Train(new EpochRange(0, 0, 1), null, CancellationToken.None);
            session.Score();
            float[] scores = new float[spec.Samples];
            session.ReadScores(0, scores);
            var state = new ReplicaState(plan.Training);
            session.Export(0, state);
            return (state.Parameters, scores);
        }
    }

    [Test]
    public void Nothing_is_left_in_the_folder_and_nobody_sees_anything_there()
    {
        using var folder = new TestFolder();
        string path = folder.WriteCsv();
        string temporary = Directory.CreateDirectory(folder.File("temporary")).FullName;
        var progress = new Watch(() => Assert.That(Directory.GetFileSystemEntries(temporary), Has.Length.EqualTo(OperatingSystem.IsWindows() ? 2 : 0)));
        FitResult result = AnomalyDetector.FitOutOfCore(path, new DatasetReadOptions { Label = "label" }, Quick, temporary, progress);
        Assert.That(progress.Reports, Is.Positive);
        Assert.That(Directory.GetFileSystemEntries(temporary), Is.Empty);
        Assert.That((result.Prepared, result.DetectorScores.Count), Is.EqualTo(((Dataset?)null, 200)));
    }

    [Test]
    public void A_fit_that_is_cancelled_leaves_nothing()
    {
        using var folder = new TestFolder();
        string path = folder.WriteCsv(rows: 20_000);
        string temporary = Directory.CreateDirectory(folder.File("temporary")).FullName;
        using var cancellation = new CancellationTokenSource();
        var progress = new Watch(cancellation.Cancel);
        Assert.That(
            () => AnomalyDetector.FitOutOfCore(path, null, Quick, temporary, progress, cancellation.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(progress.Reports, Is.Positive, "it was training");
        Assert.That(
            () => AnomalyDetector.FitOutOfCore(path, null, Quick, temporary, null, new CancellationToken(canceled: true)),
            Throws.InstanceOf<OperationCanceledException>());
        Assert.That(Directory.GetFileSystemEntries(temporary), Is.Empty);
    }

    [Test]
    public void What_does_not_go_out_of_core_is_said()
    {
        using var folder = new TestFolder();
        string path = folder.WriteCsv(), images = folder.File("images.npy");
        File.WriteAllBytes(images, Files.Npy("|u1", "(2, 3, 3)", new double[18]));
        Assert.That(() => AnomalyDetector.FitOutOfCore(images), Throws.TypeOf<DataFormatException>().With.Message.Contains("images"));
        Assert.That(
            () => AnomalyDetector.FitOutOfCore(path, new DatasetReadOptions { Sample = 10 }), Throws.ArgumentException.With.Message.Contains("all rows"));
        Assert.That(
            () => AnomalyDetector.FitOutOfCore(path, temporaryFolder: folder.File("none")), Throws.TypeOf<IOException>().With.Message.Contains("none"));
        Assert.That(() => AnomalyDetector.FitOutOfCore(folder.File("none.csv")), Throws.InstanceOf<FileNotFoundException>());
    }

    [Test]
    public void The_table_gives_its_room_back_before_training_begins()
    {
        using var folder = new TestFolder();
        string path = folder.File("data");
        File.WriteAllBytes(path, Csv(300));
        using var temporary = new TemporaryFolder(folder.File(""));
        using TableReader reader = DatasetReader.Open(path, new ReadRequest(s_reading with { Id = "id" }, ReaderLimits.OutOfCore), CancellationToken.None);
        Dataset data = DatasetReader.ReadOutOfCore(reader, s_reading, temporary, CancellationToken.None);
        (Numbers<float> cells, Numbers<double> times) = (data.Cells.Float32, data.Cells.Float64!.OfType<Numbers<double>>().Single());
        int asked = 0;
        var watch = new Watch(() =>
        {
            Assert.That(() => cells.Slice(0, 1).Length, Throws.TypeOf<ObjectDisposedException>());
            Assert.That(() => times.Slice(0, 1).Length, Throws.TypeOf<ObjectDisposedException>());
            Interlocked.Increment(ref asked);
        });
        FitResult fit = DetectorFit.Run(data, Quick with { Imputation = Imputation.Median }, watch, CancellationToken.None, folder: temporary);
        Assert.That((asked, fit.DetectorScores.Count), Is.EqualTo((watch.Reports, 300)));
        Assert.That(asked, Is.GreaterThan(0));
        Assert.That(() => data.Values, Throws.InvalidOperationException.With.Message.Contains("used up"));
    }

    [Test]
    public void All_that_goes_through_rows_says_how_far_it_is_and_can_be_stopped_there()
    {
        // Two stretches a pass, cells that are missing, a column in float64, and a family with columns and a range of its own.
        const int Rows = 300_017, Columns = 17;
        var random = new System.Random(5);
        double[] values = [.. Enumerable.Range(0, Rows * Columns).Select(i => i % Columns == 3 ? 1.7e9 + (i / Columns * 0.25 % 1000) : random.NextDouble())];
        values[20] = double.NaN;
        using var folder = new TestFolder();
        string path = folder.File("data.npy");
        File.WriteAllBytes(path, Files.NpyOfHeader(
            $"{{'descr': '<f8', 'fortran_order': False, 'shape': ({Rows}, {Columns}), }}", MemoryMarshal.AsBytes(values.AsSpan()).ToArray()));
        FitOptions options = new()
        {
            Families =
            [
                new DetectorFamily { Model = BaseModel.Gaussian, Columns = [0, 3] },
                new DetectorFamily { Model = BaseModel.OneClassSvdd, Network = new NetworkSpec(2), Epochs = 1, Range = 1 },
            ],
            Imputation = Imputation.Median, Training = new TrainingOptions { Rounds = 1 },
        };
        List<RowProgress> all = Run(stopAt: -1);
        Assert.That(all.Select(step => step.Stage).Distinct(), Is.EqualTo(Enum.GetValues<RowStage>()));
        foreach (IGrouping<RowStage, RowProgress> stage in all.GroupBy(step => step.Stage))
        {
            double[] parts = [.. stage.Select(step => step.Fraction!.Value)];
            Assert.That(parts, Is.Ordered.And.All.InRange(0, 1), stage.Key.ToString());
            Assert.That(parts[^1], Is.EqualTo(1).Within(1e-12), stage.Key.ToString());
            if (stage.Key != RowStage.Reading) Assert.That(stage.Select(step => step.Rows), Is.All.EqualTo(Rows));
        }

        Assert.That(all.Where(step => step.Stage == RowStage.Reading).Select(step => step.Rows), Is.Ordered);
        // Missing cells, the scan, those far out, prepared rows and the look at them, three passes of scalers, the family's columns.
        Assert.That(all.Count(step => step.Stage == RowStage.Preparing), Is.GreaterThanOrEqualTo(9 * 2));
        int first = all.FindIndex(step => step.Stage == RowStage.Checking);
        for (int stop = first - 1; stop < all.Count - 1; stop++) Assert.That(Run(stop), Has.Count.EqualTo(stop + 1));

        // What was told until it ended.
        List<RowProgress> Run(int stopAt)
        {
            var told = new List<RowProgress>();
            using var cancellation = new CancellationTokenSource();
            using var temporary = new TemporaryFolder(folder.File(""));
            DatasetReadOptions reading = new() { Missing = MissingValues.Keep };
            using TableReader reader = DatasetReader.Open(path, new ReadRequest(reading, ReaderLimits.OutOfCore), cancellation.Token);
            Assert.That(
                () => DetectorFit.Run(
                    DatasetReader.ReadOutOfCore(reader, reading, temporary, cancellation.Token, Tell), options, null, cancellation.Token, folder: temporary, rows: Tell),
                stopAt < 0 ? Throws.Nothing : Throws.InstanceOf<OperationCanceledException>(), $"stopped at {stopAt}");
            return told;

            void Tell(RowProgress step)
            {
                told.Add(step);
                if (told.Count == stopAt + 1) cancellation.Cancel();
            }
        }
    }

    [Test]
    public void Rows_of_a_pipe_are_counted_although_nobody_knows_how_many_there_are()
    {
        using var folder = new TestFolder();
        using var temporary = new TemporaryFolder(folder.File(""));
        byte[] csv = Csv(9_001);
        using TableReader reader = DatasetReader.Open(
            new Pipe(csv), "standard input", new ReadRequest(s_reading with { Id = "id" }, ReaderLimits.OutOfCore), ownsStream: true, CancellationToken.None);
        var told = new List<RowProgress>();
        DatasetReader.ReadOutOfCore(reader, s_reading, temporary, CancellationToken.None, told.Add);
        RowProgress[] read = [.. told.Where(step => step.Stage == RowStage.Reading)];
        Assert.That(read.Select(step => step.Rows), Is.Ordered.And.Unique);
        Assert.That((read.Length > 1, read[^1]), Is.EqualTo((true, new RowProgress(RowStage.Reading, 9_001, null))));
    }

    [Test]
    public void The_command_gives_the_same_files()
    {
        using var folder = new TestFolder();
        string path = folder.File("data.csv"), temporary = Directory.CreateDirectory(folder.File("temporary")).FullName;
        File.WriteAllBytes(path, Csv(500));
        string[] fit =
        [
            "--label", "label", "--categorical", "few,many", "--id", "id", "--missing", "median", "--model", "svdd", "--rounds", "1", "--epochs", "1",
        ];
        CliRun inMemory = CliRun.Of(["fit", path, .. fit, "--out", folder.File("a.iad"), "--report", folder.File("a.html")]);
        CliRun outOfCore = CliRun.Of(
            ["fit", path, .. fit, "--out-of-core", "--temp", temporary, "--out", folder.File("b.iad"), "--report", folder.File("b.html")]);
        Assert.That((inMemory.Code, outOfCore.Code), Is.EqualTo((0, 0)), outOfCore.Err);
        Assert.That(File.ReadAllBytes(folder.File("b.iad")), Is.EqualTo(File.ReadAllBytes(folder.File("a.iad"))));
        Assert.That(SummaryOf(outOfCore.Out), Is.EqualTo(SummaryOf(inMemory.Out)).And.Some.Contains("500 samples"));
        Assert.That(TopOf("b.html"), Is.EqualTo(TopOf("a.html")).And.Contains("most of the score"));
        Assert.That(Directory.GetFileSystemEntries(temporary), Is.Empty);
        CliRun json = CliRun.Of(["fit", path, .. fit, "--out-of-core", "--json", "-"]);
        Assert.That(json.Out, Does.Contain("\"outOfCore\": true"));

        // But for the seconds.
        string[] SummaryOf(string text) =>
        [
            .. text[text.IndexOf("Dataset", StringComparison.Ordinal)..text.IndexOf("Saved", StringComparison.Ordinal)].Split('\n')
                .Where(line => !line.StartsWith("Trained on", StringComparison.Ordinal)),
        ];

        string TopOf(string page)
        {
            string text = File.ReadAllText(folder.File(page));
            return text[text.IndexOf("Top anomalies", StringComparison.Ordinal)..][..4000];
        }
    }

    [TestCase("--sample", "10")]
    [TestCase("--contamination", "0.1")]
    [TestCase("--from", "model.iad")]
    [TestCase("--images", null)]
    public void The_command_says_what_does_not_go_with_it(string option, string? value)
    {
        using var folder = new TestFolder();
        CliRun run = CliRun.Of(["fit", folder.WriteCsv(), "--out-of-core", option, .. value is null ? (string[])[] : [value]]);
        Assert.That(run.Code, Is.EqualTo(2), run.Err);
        Assert.That(run.Err, Does.StartWith($"error: {option} does not go with --out-of-core"));
    }

    [Test]
    public void The_command_wants_a_folder_that_there_is()
    {
        using var folder = new TestFolder();
        string path = folder.WriteCsv();
        Assert.That(CliRun.Of("fit", path, "--temp", folder.File("")).Err, Does.Contain("--temp is for --out-of-core"));
        CliRun run = CliRun.Of("fit", path, "--out-of-core", "--temp", folder.File("none"));
        Assert.That((run.Code, run.Err), Is.EqualTo((2, run.Err)));
        Assert.That(run.Err, Does.Contain("there is no folder"));
    }

    private static FitOptions Quick => new()
    {
        Model = BaseModel.OneClassSvdd,
        Network = new NetworkSpec(6, 4),
        Training = new TrainingOptions { Rounds = 1, Epochs = 1 },
    };

    /// <summary>
    /// Numbers, times of which float32 loses something, categories of few and many levels, missing cells, an extreme one, names, labels.
    /// </summary>
    private static byte[] Csv(int rows)
    {
        var random = new System.Random(9);
        var text = new StringBuilder("a,b,few,many,time,constant,id,label\n");
        for (int i = 0; i < rows; i++)
        {
            string b = i % 13 == 5 ? "" : random.NextDouble().ToString("F4", CultureInfo.InvariantCulture);
            string few = i % 11 == 7 ? "" : $"{(char)('p' + random.Next(3))}";
            double a = i == 200 ? 1e5 : random.NextDouble(), time = 1.7e9 + (random.NextDouble() * 50);
            text.Append(CultureInfo.InvariantCulture, $"{a},{b},{few},l{random.Next(25)},{time:F3},7,n{i},{(i % 20 == 0 ? 1 : 0)}\n");
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>Fits a file both ways.</summary>
    /// <returns>The table in memory.</returns>
    private static Dataset AssertSame(byte[] bytes, FitOptions options, DatasetReadOptions? reading = null)
    {
        using var folder = new TestFolder();
        string path = folder.File("data");
        File.WriteAllBytes(path, bytes);
        reading ??= s_reading with { Id = "id" };
        Dataset data = DatasetReader.Read(path, reading);
        FitResult expected = AnomalyDetector.Fit(data, options), actual = AnomalyDetector.FitOutOfCore(path, reading, options, folder.File(""));
        Assert.That(BytesOf(actual.Detector), Is.EqualTo(BytesOf(expected.Detector)));
        Assert.That(actual.DetectorScores, Is.EqualTo(expected.DetectorScores));
        Assert.That(actual.TrainingScores, Is.EqualTo(expected.TrainingScores));
        Assert.That(actual.Columns, Is.EqualTo(expected.Columns));
        Assert.That(actual.Notes, Is.EqualTo(expected.Notes));
        Assert.That(actual.Controls, Is.EqualTo(expected.Controls));
        Assert.That((actual.Iad?.Mean, actual.AtThreshold), Is.EqualTo((expected.Iad?.Mean, expected.AtThreshold)));
        Assert.That(folder.Files, Is.EqualTo(new[] { "data" }));
        return data;
    }

    private static byte[] BytesOf(AnomalyDetector detector)
    {
        var stream = new MemoryStream();
        detector.Save(stream);
        return stream.ToArray();
    }

    /// <summary>What no one can seek in.</summary>
    private sealed class Pipe(byte[] content) : MemoryStream(content)
    {
        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();
    }

    private sealed class Watch(Action look) : IProgress<TrainingProgress>
    {
        private int _reports;

        public int Reports => _reports;

        public void Report(TrainingProgress value)
        {
            Interlocked.Increment(ref _reports);
            look();
        }
    }
}
