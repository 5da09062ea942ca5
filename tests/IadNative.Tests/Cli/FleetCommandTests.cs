using System.Diagnostics;
using System.Globalization;
using System.Text;
using IadNative.Cli;
using IadNative.Cli.Fleet;
using IadNative.Fleet;

namespace IadNative.Tests.Cli;

/// <summary><c>iad fleet</c> from plan to scores.</summary>
internal sealed class FleetCommandTests
{
    private static readonly string[] s_quick = ["--model", "svdd", "--network", "4-2", "--rounds", "1", "--epochs", "2"];

    [Test]
    public void A_fleet_is_planned_fitted_counted_listed_and_scores_each_row_by_its_part()
    {
        using var folder = new TestFolder();
        string[] files = [Write(folder, "day1.csv", 0, 120), Write(folder, "day2.csv", 1, 120)];
        string fleet = folder.File("fleet");
        CliRun plan = CliRun.Of(["fleet", "plan", folder.File("day*.csv"), "--by", "sensor", "--label", "label", "--seeds", "2", .. s_quick, "--grid", "inverse-tau=2,4", "--out", fleet]);
        Assert.That(plan.Code, Is.Zero, plan.Err);
        Assert.That(plan.Err, Does.Contain("Planned 12 fits: 3 parts of 2 file(s) with 240 rows, times 2 option set(s), times 2 seed(s). Estimated work: 3.84E+03"));
        CliRun before = CliRun.Of("fleet", "status", fleet);
        Assert.That((before.Code, Words(before.Out)), Is.EqualTo((ExitCodes.Unfinished, "parts 3 fits 12 done 0 failed 0 missing 12")));

        CliRun part = CliRun.Of("fleet", "fit", "--out", fleet, "--shard", "1/3");
        Assert.That((part.Code, Words(CliRun.Of("fleet", "status", fleet).Out)), Is.EqualTo((0, "parts 3 fits 12 done 4 failed 0 missing 8")), part.Err);
        CliRun fit = CliRun.Of("fleet", "fit", "--out", fleet, "--workers", "2");
        Assert.That(fit.Code, Is.Zero, fit.Err);
        Assert.That(fit.Err, Does.Contain("12 fits: 8 done in").And.Contain("4 had a result, 0 failed now."));
        CliRun after = CliRun.Of("fleet", "status", fleet);
        Assert.That((after.Code, Words(after.Out)), Is.EqualTo((0, "parts 3 fits 12 done 12 failed 0 missing 0")));

        string[] results = Lines(CliRun.Of("fleet", "results", fleet).Out);
        Assert.That(results[0], Is.EqualTo("job,partition,options,seed,status,auc,rounds,threshold,flagged,seconds,digest,message"));
        Assert.That(results, Has.Length.EqualTo(13));
        Assert.That(results[2], Does.StartWith("1,a,model=svdd network=4-2 rounds=1 epochs=2 inverse-tau=2,1,done,"));
        Assert.That(CliRun.Of("fleet", "results", fleet, "--out", folder.File("r.csv")).Code, Is.Zero);
        Assert.That(Lines(File.ReadAllText(folder.File("r.csv"))), Is.EqualTo(results));

        // Each row by the detector of its part, as the library would.
        CliRun score = CliRun.Of("fleet", "score", fleet, files[1], "--by", "sensor", "--label", "label", "--seed", "1", "--option-set", "1");
        Assert.That(score.Code, Is.Zero, score.Err);
        string[] scores = Lines(score.Out);
        Assert.That(scores[0], Is.EqualTo("row,partition,score,percentile,p_value,label"));
        var opened = new FleetFolder(fleet);
        FleetPlan read = opened.ReadPlan();
        Dataset data = DatasetReader.Read(files[1], new DatasetReadOptions { Id = "sensor", Label = "label" });
        for (int row = 0; row < data.Rows; row++)
        {
            string name = data.Ids![row];
            int place = read.Partitions.Select(partition => partition.Name).ToList().IndexOf(name);
            FittedDetector fitted = opened.Results.FindAsync(read.KeyOf(read.NumberOf(place, 1, 1))).GetAwaiter().GetResult()!.Detector!;
            float expected = AnomalyDetector.Load(new MemoryStream(fitted.Model.ToArray()), "m").Score(data.Row(row));
            Assert.That(scores[row + 1], Does.StartWith(string.Create(CultureInfo.InvariantCulture, $"{row + 1},{name},{expected:R},")));
        }

        CliRun one = CliRun.Of("fleet", "score", fleet, files[1], "--partition", "a", "--drop", "sensor", "--label", "label", "--out", folder.File("s.csv"));
        Assert.That(one.Code, Is.Zero, one.Err);
        Assert.That(Lines(File.ReadAllText(folder.File("s.csv")))[1], Does.StartWith("1,a,"));
    }

    [Test]
    public void Rows_of_a_part_are_the_same_part_however_they_are_spread_over_files()
    {
        using var folder = new TestFolder();
        Write(folder, "one.csv", 0, 200, category: true);
        string[] lines = File.ReadAllLines(folder.File("one.csv"));
        File.WriteAllLines(folder.File("half1.csv"), lines[..101]);
        File.WriteAllLines(folder.File("half2.csv"), [lines[0], .. lines[101..]]);
        foreach ((string fleet, string[] sources) in ((string, string[])[])[("f1", [folder.File("one.csv")]), ("f2", [folder.File("half1.csv"), folder.File("half2.csv")])])
        {
            CliRun run = CliRun.Of(["fleet", "plan", .. sources, "--by", "sensor", "--label", "label", "--categorical", "color", "--out", folder.File(fleet)]);
            Assert.That(run.Code, Is.Zero, run.Err);
        }

        FleetPlan one = new FleetFolder(folder.File("f1")).ReadPlan(), two = new FleetFolder(folder.File("f2")).ReadPlan();
        Assert.That(two.Hash, Is.EqualTo(one.Hash));
        Assert.That(one.Partitions.Select(part => part.Columns[1].Levels.Count), Is.All.EqualTo(2));
    }

    [Test]
    public void Parts_that_lie_in_temporary_files_are_those_of_a_table_in_memory()
    {
        using var folder = new TestFolder();
        string temporary = Directory.CreateDirectory(folder.File("temporary")).FullName, fleet = folder.File("fleet"), data = folder.File("d.csv");
        // Times that float32 is too coarse for, also in one part alone; cells that are missing, and rows that are dropped for it.
        var random = new System.Random(2);
        string[] rows = [.. Enumerable.Range(0, 9000).Select(i => string.Create(CultureInfo.InvariantCulture,
            $"{"abc"[random.Next(3)]},{1.7e9 + i},{(i % 3 == 0 ? 1e9 + i : i)},{(i % 50 == 7 ? "" : "red green blue".Split(' ')[random.Next(3)])},{(i % 10 == 3 ? 1 : 0)}"))];
        File.WriteAllLines(data, ["sensor,time,late,color,label", .. rows]);
        foreach (string missing in (string[])["median", "drop"])
        {
            CliRun run = CliRun.Of(["fleet", "plan", data, "--by", "sensor", "--label", "label", "--categorical", "color", "--missing", missing, "--temp", temporary,
                "--out", $"{fleet}-{missing}"]);
            Assert.That(run.Code, Is.Zero, run.Err);
            Assert.That(Directory.GetFileSystemEntries(temporary), Is.Empty);
            FleetPlan plan = new FleetFolder($"{fleet}-{missing}").ReadPlan();
            Assert.That(plan.Partitions.Select(part => part.Name), Is.EqualTo(new[] { "a", "b", "c" }));
            foreach (Partition part in plan.Partitions)
            {
                // A file of its rows alone, read into memory.
                File.WriteAllLines(folder.File("part.csv"), ["sensor,time,late,color,label", .. rows.Where(row => row.StartsWith(part.Name, StringComparison.Ordinal)
                    && (missing != "drop" || !row.Contains(",,", StringComparison.Ordinal)))]);
                Dataset alone = DatasetReader.Read(folder.File("part.csv"), new DatasetReadOptions
                {
                    Id = "sensor", Label = "label", Categorical = ["color"], Missing = MissingValues.Keep,
                });
                Assert.That(part.Hash, Is.EqualTo(PartitionFile.Describe(part.Name, alone).Hash));
            }
        }

        CliRun none = CliRun.Of("fleet", "plan", data, "--by", "sensor", "--label", "label", "--temp", folder.File("none"), "--out", fleet);
        Assert.That((none.Code, none.Err), Is.EqualTo((ExitCodes.BadInput,
            $"error: --temp: there is no folder '{folder.File("none")}' ({CurrentFolder.Description}). Create it, or give another one.\n")));
        CliRun whole = CliRun.Of("fleet", "plan", data, "--label", "label", "--temp", temporary, "--out", fleet);
        Assert.That((whole.Code, whole.Err), Is.EqualTo((ExitCodes.BadInput, "error: --temp is for --by: use it with --by, or leave it away.\n")));
    }

    [Test]
    public void Without_a_column_each_file_is_a_part()
    {
        using var folder = new TestFolder();
        Directory.CreateDirectory(folder.File("deep/er"));
        folder.WriteCsv("deep/x.csv", label: false);
        folder.WriteCsv("deep/er/y.csv", label: false);
        CliRun run = CliRun.Of(["fleet", "fit", folder.File("deep/**/*.csv"), .. s_quick, "--out", folder.File("fleet")]);
        Assert.That(run.Code, Is.Zero, run.Err);
        FleetPlan plan = new FleetFolder(folder.File("fleet")).ReadPlan();
        Assert.That(plan.Partitions.Select(part => part.Name), Is.EqualTo(new[] { folder.File("deep/er/y.csv"), folder.File("deep/x.csv") }));
        CliRun none = CliRun.Of("fleet", "fit", folder.File("deep/*.tsv"), "--out", folder.File("fleet"));
        Assert.That((none.Code, none.Err), Is.EqualTo((ExitCodes.BadInput, $"error: no file matches '{folder.File("deep/*.tsv")}' ({CurrentFolder.Description}).\n")));
    }

    [Test]
    [Platform(Exclude = "Win", Reason = "Links need a privilege there.")]
    public void Two_stars_follow_no_links_and_one_does()
    {
        using var folder = new TestFolder();
        Directory.CreateDirectory(folder.File("deep/er"));
        folder.WriteCsv("deep/x.csv", label: false);
        folder.WriteCsv("deep/er/y.csv", label: false);
        Directory.CreateSymbolicLink(folder.File("deep/er/loop"), folder.File("deep"));
        Assert.That(SourceFiles.Find([folder.File("deep/**/*.csv")]), Is.EqualTo(new[] { folder.File("deep/er/y.csv"), folder.File("deep/x.csv") }));
        Assert.That(SourceFiles.Find([folder.File("deep/er/*/x.csv")]), Is.EqualTo(new[] { folder.File("deep/er/loop/x.csv") }));
    }

    [Test]
    public void Parts_that_are_unknown_or_have_no_detector_are_reported_and_the_others_are_scored()
    {
        using var folder = new TestFolder();
        Write(folder, "d.csv", 0, 120);
        string fleet = folder.File("fleet");
        CliRun fit = CliRun.Of(["fleet", "fit", folder.File("d.csv"), "--by", "sensor", "--label", "label", .. s_quick, "--shard", "0/2", "--out", fleet]);
        Assert.That(fit.Code, Is.Zero, fit.Err);
        File.AppendAllText(folder.File("d.csv"), "zoo,1,2,0\n");
        CliRun score = CliRun.Of("fleet", "score", fleet, folder.File("d.csv"), "--by", "sensor", "--label", "label");
        Assert.That(score.Code, Is.Zero);
        Assert.That(score.Err, Does.Contain("1 row(s) of 1 part(s) have no score: the fleet does not know the part: 'zoo'.").And.Contain("the fit is missing: 'b'."));
        Assert.That(Lines(score.Out)[^1], Is.EqualTo("121,zoo,,,,"));
        Assert.That(Lines(score.Out).Count(line => line.Contains(",a,") && line.EndsWith("al", StringComparison.Ordinal)), Is.GreaterThan(10));
    }

    [Test]
    public void Failures_are_results_until_they_are_forgotten()
    {
        using var folder = new TestFolder();
        Write(folder, "d.csv", 0, 60);
        File.AppendAllText(folder.File("d.csv"), "lonely,1,2,0\n");
        string fleet = folder.File("fleet");
        CliRun fit = CliRun.Of(["fleet", "fit", folder.File("d.csv"), "--by", "sensor", "--label", "label", .. s_quick, "--out", fleet]);
        Assert.That(fit.Code, Is.EqualTo(ExitCodes.Failed), fit.Err);
        Assert.That(fit.Err, Does.Contain("1 fit(s) failed. 'iad fleet results"));
        Assert.That(CliRun.Of("fleet", "status", fleet).Code, Is.EqualTo(ExitCodes.Failed));
        Assert.That(Lines(CliRun.Of("fleet", "results", fleet).Out).Single(line => line.Contains("lonely", StringComparison.Ordinal)), Does.Match(@"^\d,lonely,.*,failed,,,,,[^,]*,,.+$"));
        Assert.That(CliRun.Of("fleet", "retry", fleet).Err, Is.EqualTo($"1 failure(s) forgotten; 'iad fleet fit --out {fleet}' tries them again.\n"));
        Assert.That((CliRun.Of("fleet", "status", fleet).Code, CliRun.Of("fleet", "retry", fleet).Err), Is.EqualTo((ExitCodes.Unfinished, "There is no failure.\n")));
    }

    [Test]
    public void Advice_and_errors_name_the_option_of_fleets()
    {
        using var folder = new TestFolder();
        string data = Write(folder, "d.csv", 0, 60), fleet = folder.File("fleet");
        CliRun unknown = CliRun.Of("fleet", "plan", data, "--by", "sensr", "--label", "label", "--out", fleet);
        Assert.That((unknown.Code, unknown.Err), Is.EqualTo((ExitCodes.BadInput, "error: d.csv: there is no --by column 'sensr'. Its 4 columns are 'sensor', 'a', 'b', 'label'.\n")));
        var random = new System.Random(1);
        File.WriteAllText(folder.File("many.csv"), "x,y\n" + string.Concat(Enumerable.Range(0, 70_000).Select(i => $"{random.Next()},n{i}\n")));
        CliRun many = CliRun.Of("fleet", "plan", folder.File("many.csv"), "--categorical", "y", "--out", fleet);
        Assert.That(many.Err, Does.Contain("or, if it names the parts, take it as --by."));
        Directory.CreateDirectory(fleet);
        File.WriteAllBytes(folder.File("d.parquet"), new Data.Columnar.ParquetFile().Add("a", [1.0, 2.0]).Add("t", ["x", "y"]).Write());
        Assert.That(CliRun.Of("fleet", "plan", folder.File("d.parquet"), "--out", fleet).Err, Does.Contain("or, if one names the parts, take it with --by."));
    }

    [Test]
    public void Nothing_is_stored_for_a_plan_that_is_refused()
    {
        using var folder = new TestFolder();
        string data = Write(folder, "d.csv", 0, 60), other = Write(folder, "other.csv", 1, 60), fleet = folder.File("fleet"), parts = folder.File("fleet/partitions");
        Assert.That(CliRun.Of("fleet", "plan", data, "--by", "sensor", "--label", "label", "--out", fleet).Code, Is.Zero);
        string[] before = Directory.GetFiles(parts, "*", SearchOption.AllDirectories);
        Assert.That(CliRun.Of("fleet", "plan", other, "--by", "sensor", "--label", "label", "--out", fleet).Code, Is.EqualTo(ExitCodes.BadInput));
        Assert.That(Directory.GetFiles(parts, "*", SearchOption.AllDirectories), Is.EquivalentTo(before));
    }

    [Test]
    public void Cancelling_says_whether_parts_are_kept()
    {
        Assert.That(ErrorReporting.Explain(new OperationCanceledException()), Is.EqualTo((ExitCodes.Cancelled, "cancelled; no file was written.")));
        Assert.That(ErrorReporting.Explain(new PartlyDoneException("cancelled; parts are kept.", new OperationCanceledException())),
            Is.EqualTo((ExitCodes.Cancelled, "cancelled; parts are kept.")));
    }

    [Test]
    public void Lists_and_scores_write_the_names_of_parts_as_the_data_have_them()
    {
        using var folder = new TestFolder();
        string data = Write(folder, "d.csv", 0, 60), fleet = folder.File("fleet");
        File.WriteAllText(data, File.ReadAllText(data).Replace("\na,", "\n=a,", StringComparison.Ordinal));
        CliRun fit = CliRun.Of(["fleet", "fit", data, "--by", "sensor", "--label", "label", .. s_quick, "--out", fleet]);
        Assert.That(fit.Code, Is.Zero, fit.Err);
        Assert.That(CliRun.Of("fleet", "results", fleet).Out, Does.Contain("\n0,=a,"));
        Assert.That(CliRun.Of("fleet", "score", fleet, data, "--by", "sensor", "--label", "label").Out, Does.Contain(",=a,"));
    }

    [Test]
    public void A_folder_keeps_its_plan()
    {
        using var folder = new TestFolder();
        string data = Write(folder, "d.csv", 0, 60), fleet = folder.File("fleet");
        string[] plan = ["fleet", "plan", data, "--by", "sensor", "--label", "label", "--out", fleet];
        Assert.That(CliRun.Of(plan).Code, Is.Zero);
        Assert.That(CliRun.Of(plan).Code, Is.Zero, "the same again");
        CliRun other = CliRun.Of([.. plan, "--seeds", "2"]);
        Assert.That((other.Code, other.Err), Is.EqualTo((ExitCodes.BadInput, $"error: --out: {fleet} holds another plan; give another folder, or go on with the plan that is there.\n")));
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Cancel_stops_a_process_that_fits_and_fit_goes_on(CancellationToken timeout)
    {
        using var folder = new TestFolder();
        Write(folder, "d.csv", 0, 400);
        string fleet = folder.File("fleet");
        Assert.That(CliRun.Of("fleet", "plan", folder.File("d.csv"), "--by", "sensor", "--label", "label", "--model", "svdd", "--network", "4-2", "--seeds", "2000",
            "--out", fleet).Code, Is.Zero);
        using Process process = ProgramProcess.Start("iad", "fleet", "fit", "--out", fleet, "--workers", "1");
        while (!Directory.Exists(Path.Combine(fleet, "results"))) await Task.Delay(20, timeout);
        Assert.That(CliRun.Of("fleet", "cancel", fleet).Code, Is.Zero);
        string error = await process.StandardError.ReadToEndAsync(timeout);
        await process.WaitForExitAsync(timeout);
        Assert.That(process.ExitCode, Is.EqualTo(ExitCodes.Cancelled), error);
        Assert.That(error, Does.Contain("note: stopped by 'iad fleet cancel'; finished results are kept"));
        CliRun status = CliRun.Of("fleet", "status", fleet);
        Assert.That(status.Err, Does.Contain("are asked to stop"));
        Assert.That(CliRun.Of("fleet", "fit", "--out", fleet, "--shard", "0/2000").Code, Is.Zero);
        Assert.That(CliRun.Of("fleet", "status", fleet).Err, Does.Not.Contain("are asked to stop"));
    }

    [TestCase("error: a plan needs SOURCES.", "plan")]
    [TestCase("error: --seeds is for a new plan: give SOURCES too, or leave it away.", "fit", "--seeds", "2")]
    [TestCase("error: --seeds is 0; allowed is 1 to 1000000.", "fit", "$DATA", "--seeds", "0")]
    [TestCase("error: --seed: 'x' is no whole number of 64 bits.", "fit", "$DATA", "--seed", "x")]
    [TestCase("error: --workers is 5000; allowed is 0 (one per core) to 4,096.", "fit", "$DATA", "--workers", "5000")]
    [TestCase("error: The option epochs is not for the model auto.", "fit", "$DATA", "--epochs", "3")]
    [TestCase("error: The option model needs one value or several different ones, named once.", "fit", "$DATA", "--model", "svdd", "--grid", "model=ae")]
    [TestCase("error: 'depth' is no option of a fleet", "fit", "$DATA", "--grid", "depth=1")]
    [TestCase("error: --shard: '2:2' is no share", "fit", "$DATA", "--shard", "2:2")]
    [TestCase("error: --shard '2/2': there is no share 2 of 2", "fit", "$DATA", "--shard", "2/2")]
    [TestCase("error: data.csv: there is no label column 'nolabel'.", "fit", "$DATA", "--label", "nolabel")]
    public void What_is_wrong_is_said_before_anything_is_done(string message, params string[] args)
    {
        using var folder = new TestFolder();
        string data = folder.WriteCsv(), fleet = folder.File("fleet");
        CliRun run = CliRun.Of(["fleet", .. args.Select(arg => arg == "$DATA" ? data : arg), "--out", fleet]);
        Assert.That(run.Code, Is.EqualTo(ExitCodes.BadInput), run.Err);
        Assert.That(run.Err, Does.StartWith(message));
        Assert.That(Directory.Exists(fleet), Is.False);
    }

    [Test]
    public void Files_of_other_columns_are_refused()
    {
        using var folder = new TestFolder();
        string one = Write(folder, "one.csv", 0, 20), two = folder.WriteCsv("two.csv", header: "sensor,a,x,b");
        CliRun run = CliRun.Of("fleet", "plan", one, two, "--by", "sensor", "--label", "label", "--out", folder.File("fleet"));
        Assert.That(run.Code, Is.EqualTo(ExitCodes.BadInput));
        Assert.That(run.Err, Does.Contain("two.csv has other columns, or columns of another kind, than one.csv: a (number), x (number), b (number), not a (number), b (number)."));
    }

    // Sensors a and b, and c in odd files: their rows lie mixed.
    private static string Write(TestFolder folder, string name, int seed, int rows, bool category = false)
    {
        var random = new System.Random(seed);
        var text = new StringBuilder(category ? "sensor,a,color,b,label\n" : "sensor,a,b,label\n");
        for (int row = 0; row < rows; row++)
        {
            bool anomaly = row % 10 == 3;
            double shift = anomaly ? 4 : 0;
            string color = category ? random.Next(2) == 0 ? "red," : "blue," : "";
            text.Append(CultureInfo.InvariantCulture,
                $"{"abc"[random.Next(2 + seed)]},{random.NextDouble() + shift:F4},{color}{random.NextDouble() + shift:F4},{(anomaly ? 1 : 0)}\n");
        }

        File.WriteAllText(folder.File(name), text.ToString());
        return folder.File(name);
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static string Words(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
