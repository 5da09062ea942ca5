using System.Diagnostics;
using System.Globalization;
using System.Text;
using IadNative.Cli;
using IadNative.Cli.Fleet;
using IadNative.Data;
using IadNative.Data.Reading;
using IadNative.Fleet;
using IadNative.Tests.Data;

namespace IadNative.Tests.Cli;

/// <summary><c>iad fleet score</c>, which never has all rows in memory, beside the library, which has.</summary>
internal sealed class FleetScoreTests
{
    private static readonly string[] s_quick = ["--model", "svdd", "--network", "4-2", "--rounds", "1", "--epochs", "2"];

    [Test]
    public void Rows_have_the_scores_of_the_whole_table_whatever_levels_and_columns_come_when()
    {
        using var folder = new TestFolder();
        // b has no green, and a sees it first; c is learned from numbers that float32 is too coarse for.
        string train = folder.File("train.csv"), fleet = folder.File("fleet");
        var random = new System.Random(3);
        File.WriteAllText(train, "sensor,time,color,x\n" + string.Concat(Enumerable.Range(0, 300).Select(i => Invariant(
            $"{"abc"[i % 3]},{1.7e9 + i},{Color(i)},{(random.Next(20) == 0 ? "" : Invariant($"{random.NextDouble():F4}"))}\n"))));
        CliRun fit = CliRun.Of(["fleet", "fit", train, "--by", "sensor", "--categorical", "color", "--missing", "median", .. s_quick, "--out", fleet]);
        Assert.That(fit.Code, Is.Zero, fit.Err);

        // More rows than are scored at once; columns in another order and one more; levels that come late, or that nobody has learned.
        string data = folder.File("new.csv");
        var text = new StringBuilder("x,more,color,sensor,time\n");
        const int rows = 70_000;
        for (int i = 0; i < rows; i++)
        {
            string color = i == 66_000 ? "violet" : i > 66_100 && i % 5 == 0 ? "green" : i % 7 == 0 ? "blue" : i % 501 == 0 ? "" : "red";
            text.Append(Invariant($"{(i % 333 == 0 ? "" : Invariant($"{random.NextDouble():F4}"))},{i},{color},{"abcz"[random.Next(1000) == 0 ? 3 : random.Next(3)]},{1.7e9 + i}\n"));
        }

        File.WriteAllText(data, text.ToString());
        string output = folder.File("scores.csv");
        CliRun run = CliRun.Of("fleet", "score", fleet, data, "--by", "sensor", "--categorical", "color", "--out", output);
        Assert.That(run.Code, Is.Zero, run.Err);
        Assert.That(File.ReadAllLines(output), Is.EqualTo(Expected(
            fleet, DatasetReader.Read(data, new DatasetReadOptions { Id = "sensor", Categorical = ["color"], Missing = MissingValues.Keep }))));
        int unknown = File.ReadLines(output).Count(line => line.EndsWith(",z,,,,", StringComparison.Ordinal));
        Assert.That(unknown, Is.GreaterThan(10));
        Assert.That(run.Err, Does.Contain($"{unknown} row(s) of 1 part(s) have no score: the fleet does not know the part: 'z'."));
        Assert.That(CliRun.Of("fleet", "score", fleet, data, "--by", "sensor", "--categorical", "color").Out, Is.EqualTo(File.ReadAllText(output)));

        static string Color(int i) => (i % 3, i % 4) switch { (0, _) => i % 2 == 0 ? "green" : "red", (_, 0) => "blue", _ => "red" };
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Formats_and_standard_input_have_the_same_lines(CancellationToken timeout)
    {
        using var folder = new TestFolder();
        string data = folder.WriteCsv(rows: 300, label: false), fleet = folder.File("fleet");
        string[] lines = File.ReadAllLines(data);
        File.WriteAllLines(data, [$"{lines[0]},sensor", .. lines[1..].Select((line, i) => $"{line},s{i % 3}")]);
        Assert.That(CliRun.Of(["fleet", "fit", data, "--by", "sensor", .. s_quick, "--out", fleet]).Code, Is.Zero);
        CliRun expected = CliRun.Of("fleet", "score", fleet, data, "--by", "sensor");
        Assert.That(Lines(expected.Out), Has.Length.EqualTo(301), expected.Err);

        double[][] cells = [.. lines[1..].Select(line => line.Split(',').Select(cell => double.Parse(cell, CultureInfo.InvariantCulture)).ToArray())];
        var parquet = new Data.Columnar.ParquetFile();
        for (int j = 0; j < 4; j++) parquet.Add(lines[0].Split(',')[j], Array.ConvertAll(cells, row => row[j]));
        File.WriteAllBytes(folder.File("d.parquet"), parquet.Add("sensor", [.. Enumerable.Range(0, 300).Select(i => $"s{i % 3}")]).Write(rowsOfGroup: 70));
        Assert.That(CliRun.Of("fleet", "score", fleet, folder.File("d.parquet"), "--by", "sensor").Out, Is.EqualTo(expected.Out));

        using Process process = ProgramProcess.StartWithInput("iad", "fleet", "score", fleet, "-", "--by", "sensor");
        Task<string> output = process.StandardOutput.ReadToEndAsync(timeout), error = process.StandardError.ReadToEndAsync(timeout);
        await process.StandardInput.WriteAsync(File.ReadAllText(data));
        process.StandardInput.Close();
        await process.WaitForExitAsync(timeout);
        Assert.That((process.ExitCode, await output), Is.EqualTo((0, expected.Out)), await error);

        // Arrays have no column of names: a fleet of one part.
        File.WriteAllBytes(folder.File("d.npy"), Files.Npy("<f8", "(300, 4)", [.. cells.SelectMany(row => row)]));
        Assert.That(CliRun.Of(["fleet", "fit", folder.File("d.npy"), .. s_quick, "--out", folder.File("one")]).Code, Is.Zero);
        CliRun one = CliRun.Of("fleet", "score", folder.File("one"), folder.File("d.npy"), "--out", folder.File("npy.csv"));
        Assert.That(one.Code, Is.Zero, one.Err);
        Assert.That(File.ReadAllLines(folder.File("npy.csv")), Is.EqualTo(Expected(folder.File("one"), DatasetReader.Read(folder.File("d.npy"), ct: timeout))));
        CliRun unnamed = CliRun.Of("fleet", "score", fleet, folder.File("d.npy"), "--partition", "s1");
        Assert.That((unnamed.Code, unnamed.Out), Is.EqualTo((ExitCodes.BadInput, "")));
        Assert.That(unnamed.Err, Does.Contain("error: the part 's1': The columns of d.npy have no names, those of the model have."));
    }

    [TestCase("s0,1,2,,4\n", "", "error: d.csv: every one of its 5000 rows has a missing cell, so that none is left.")]
    [TestCase("s0,1,2,3,4\n", "s0,1,2,3,x\n", "'x'")]
    public void What_cannot_be_scored_leaves_no_file(string row, string last, string message)
    {
        using var folder = new TestFolder();
        string train = folder.WriteCsv("train.csv", label: false), fleet = folder.File("fleet"), data = folder.File("d.csv"), output = folder.File("s.csv");
        Assert.That(CliRun.Of(["fleet", "fit", train, .. s_quick, "--out", fleet]).Code, Is.Zero);
        File.WriteAllText(data, "sensor,a,b,c,d\n" + string.Concat(Enumerable.Repeat(row, 5000)) + last);
        CliRun run = CliRun.Of("fleet", "score", fleet, data, "--drop", "sensor", "--missing", "drop", "--out", output);
        Assert.That((run.Code, File.Exists(output)), Is.EqualTo((ExitCodes.BadInput, false)), run.Err);
        Assert.That(run.Err, Does.Contain(message));
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task What_comes_before_a_bad_cell_is_written_whatever_the_cores([Values("1", "2", "8")] string cores, [Values] bool isPiped, CancellationToken timeout)
    {
        // Sixteen blocks are scored at once: the cell is in the second of the second sixteen.
        const int rows = 75_000, bad = 70_000;
        using var folder = new TestFolder();
        string data = folder.File("d.csv"), fleet = folder.File("fleet");
        string[] lines = [.. Enumerable.Range(0, rows).Select(i => Invariant($"s{i % 7},{Math.Sin(i):F4},{i % 11}"))];
        File.WriteAllText(data, "sensor,a,b\n" + string.Join('\n', lines.Take(700)) + "\n");
        Assert.That(CliRun.Of(["fleet", "fit", data, "--by", "sensor", .. s_quick, "--out", fleet]).Code, Is.Zero);
        File.WriteAllText(data, "sensor,a,b\n" + string.Join('\n', lines) + "\n");
        CliRun all = CliRun.Of("fleet", "score", fleet, data, "--by", "sensor");
        lines[bad] = "s0,x,1";
        string text = "sensor,a,b\n" + string.Join('\n', lines) + "\n";
        File.WriteAllText(data, text);
        string[] command = ProgramProcess.Command("iad", "fleet", "score", fleet, isPiped ? "-" : data, "--by", "sensor");
        using Process process = Process.Start(new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, Environment = { ["DOTNET_PROCESSOR_COUNT"] = cores },
        })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(timeout), error = process.StandardError.ReadToEndAsync(timeout);
        try
        {
            if (isPiped) await process.StandardInput.WriteAsync(text);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ends without reading the rest.
        }

        await process.WaitForExitAsync(timeout);
        Assert.That((process.ExitCode, (await error).Contains($"row {bad + 1}", StringComparison.Ordinal)), Is.EqualTo((ExitCodes.BadInput, true)), await error);
        Assert.That(Lines(await output), Is.EqualTo(Lines(all.Out)[..(1 + (bad / 4_096 * 4_096))]));
        string file = folder.File("s.csv");
        Assert.That((CliRun.Of("fleet", "score", fleet, data, "--by", "sensor", "--out", file).Code, File.Exists(file)), Is.EqualTo((ExitCodes.BadInput, false)));
    }

    [Test]
    public void Detectors_are_kept_while_there_is_room_and_those_wanted_last_stay()
    {
        using var folder = new TestFolder();
        string data = folder.File("d.csv"), fleet = folder.File("fleet");
        var random = new System.Random(5);
        File.WriteAllText(data, "sensor,x,y\n" + string.Concat(Enumerable.Range(0, 400).Select(i => Invariant($"s{i % 10},{random.NextDouble()},{random.NextDouble()}\n"))));
        Assert.That(CliRun.Of(["fleet", "fit", data, "--by", "sensor", .. s_quick, "--out", fleet]).Code, Is.Zero);
        var opened = new FleetFolder(fleet);
        FleetPlan plan = opened.ReadPlan();
        long bytes = opened.Results.FindAsync(plan.KeyOf(0)).GetAwaiter().GetResult()!.Detector!.Model.Length;
        using TableReader reader = DatasetReader.Open(data, new DatasetReadOptions { Id = "sensor" }, null, default);
        var counting = new CountingStore(opened.Results);
        var detectors = new FleetDetectors(counting, new FleetScoreCommand.Choice(plan, 0, 0), reader, "model") { MostBytes = 3 * (bytes + 1200) };
        Assert.That(Of("s0").Detector, Is.Not.Null);
        for (int part = 1; part < 10; part++)
        {
            Of($"s{part}");
            FleetDetector first = Of("s0");
            Assert.That(Of("s0"), Is.SameAs(first));
            Assert.That(detectors.Kept, Is.LessThanOrEqualTo(3));
        }

        Assert.That((detectors.Kept, counting.Found), Is.EqualTo((3, 10)));
        Of("s9");
        Of("s1");
        Assert.That(counting.Found, Is.EqualTo(11), "s9 was there, s1 no more");
        Assert.That((Of("zoo").Reason, counting.Found), Is.EqualTo(("the fleet does not know the part", 11)));

        FleetDetector Of(string part) => detectors.Of(part, reader.Features, default);
    }

    // Each part's rows by its detector, from a table in memory.
    private static string[] Expected(string fleet, Dataset data)
    {
        var opened = new FleetFolder(fleet);
        FleetPlan plan = opened.ReadPlan();
        string[] lines = new string[data.Rows + 1];
        lines[0] = "row,partition,score,percentile,p_value,label";
        foreach (IGrouping<string, int> part in Enumerable.Range(0, data.Rows).GroupBy(row => data.Ids?[row] ?? plan.Partitions[0].Name))
        {
            int[] rows = [.. part];
            int place = plan.Partitions.Select(partition => partition.Name).ToList().IndexOf(part.Key);
            if (place < 0)
            {
                foreach (int row in rows) lines[row + 1] = Invariant($"{row + 1},{part.Key},,,,");
                continue;
            }

            ReadOnlyMemory<byte> model = opened.Results.FindAsync(plan.KeyOf(plan.NumberOf(place, 0, 0))).GetAwaiter().GetResult()!.Detector!.Model;
            AnomalyDetector detector = AnomalyDetector.Load(new MemoryStream(model.ToArray()), "m");
            float[] scores = detector.Score(data.Select(rows));
            for (int i = 0; i < rows.Length; i++)
            {
                lines[rows[i] + 1] = Invariant($"{rows[i] + 1},{part.Key},{scores[i]:R},{detector.Percentile(scores[i]):R},{detector.PValue(scores[i]):R},")
                    + (detector.IsAnomaly(scores[i]) ? "anomaly" : "normal");
            }
        }

        return lines;
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Counts how often a result is looked for.</summary>
    private sealed class CountingStore(IJobStore store) : IJobStore
    {
        public int Found { get; private set; }

        public Task<JobResult?> FindAsync(string key, CancellationToken cancellationToken = default)
        {
            Found++;
            return store.FindAsync(key, cancellationToken);
        }

        public Task<AddOutcome> TryAddAsync(JobResult result, CancellationToken cancellationToken = default) => store.TryAddAsync(result, cancellationToken);

        public Task<IReadOnlyList<JobState>> StatesAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken = default) =>
            store.StatesAsync(keys, cancellationToken);

        public Task<bool> RemoveFailureAsync(string key, CancellationToken cancellationToken = default) => store.RemoveFailureAsync(key, cancellationToken);
    }
}
