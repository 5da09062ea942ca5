using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using IadNative.Tests.Cli;

namespace IadNative.Reproduction.Tests;

internal sealed class ReproduceCommandTests
{
    [Test]
    public void A_table_stands_beside_the_paper_in_every_form()
    {
        using var folder = new OddsFolder("cardio");
        string json = folder.Out("table.json");
        CliRun run = Reproduce(folder, "table2", "--datasets", "cardio", "--models", "svdd,ae", "--seeds", "2", "--json", json);
        Assert.That(run.Code, Is.EqualTo(ExitCodes.Success), run.Err);
        Assert.That(run.Err, Does.Contain("Table II: the ODDS sets as they are: 2 cells, 4 trainings"));
        Assert.That(run.Out, Does.Contain("85.3 ± 5.1").And.Contain("of 6 numbers are within"));
        JsonElement[] cells = [.. JsonDocument.Parse(File.ReadAllText(json)).RootElement.GetProperty("cells").EnumerateArray()];
        Assert.That(cells.Select(cell => cell.GetProperty("model").GetString()), Is.EqualTo(new[] { "svdd", "ae" }));
        foreach (JsonElement cell in cells)
        {
            Assert.That(cell.GetProperty("dataset").GetString(), Is.EqualTo("cardio"));
            Assert.That(cell.GetProperty("contamination").GetDouble(), Is.EqualTo(0.096));
            Assert.That(cell.GetProperty("seeds").GetInt32(), Is.EqualTo(2));
            foreach (string name in (string[])["untrained", "base", "iad", "iadBest"])
            {
                Assert.That(cell.GetProperty(name).GetProperty("mean").GetDouble(), Is.InRange(0, 1));
                Assert.That(cell.GetProperty(name).GetProperty("std").GetDouble(), Is.InRange(0, 0.5));
            }

            Assert.That(cell.GetProperty("iadBest").GetProperty("mean").GetDouble(),
                Is.GreaterThanOrEqualTo(cell.GetProperty("iad").GetProperty("mean").GetDouble()));
        }

        JsonElement paper = cells[0].GetProperty("paper");
        Assert.That(paper.GetProperty("iad").GetProperty("mean").GetDouble(), Is.EqualTo(0.853));
        Assert.That(File.ReadAllText(Path.Combine(folder.Out(), "table2.json")), Is.EqualTo(File.ReadAllText(json)));
        Assert.That(File.ReadAllLines(Path.Combine(folder.Out(), "table2.csv")), Has.Length.EqualTo(3));
        Assert.That(File.ReadAllText(Path.Combine(folder.Out(), "table2.md")), Does.Contain("| svdd | cardio | 9.6% | IAD |"));
    }

    [Test]
    public void Json_on_standard_output_stands_there_alone()
    {
        using var folder = new OddsFolder("cardio");
        CliRun run = Reproduce(folder, "table2", "--datasets", "cardio", "--models", "svdd", "--seeds", "1", "--json", "-");
        JsonElement root = JsonDocument.Parse(run.Out).RootElement;
        Assert.That(root.GetProperty("schema").GetString(), Is.EqualTo("iadnative.reproduce/1"));
        Assert.That(root.GetProperty("version").GetString(), Is.EqualTo(Product.Build));
    }

    [Test]
    public void Finished_trials_are_found_again_by_every_table_that_shares_them()
    {
        using var folder = new OddsFolder("cardio");
        Reproduce(folder, "table2", "--datasets", "cardio", "--models", "ae", "--seeds", "2");
        CliRun more = Reproduce(folder, "table2", "--datasets", "cardio", "--models", "ae", "--seeds", "3");
        CliRun other = Reproduce(folder, "figure4", "--datasets", "cardio", "--models", "ae", "--seeds", "3");
        CliRun scenario = Reproduce(folder, "table4", "--datasets", "cardio", "--models", "ae", "--seeds", "3");
        Assert.That(more.Err, Does.Contain("1 cells, 3 trainings, 2 of them done before"));
        Assert.That(other.Err, Does.Contain("1 cells, 3 trainings, 3 of them done before"));
        Assert.That(scenario.Err, Does.Contain("1 cells, 3 trainings").And.Not.Contain("done before"));
    }

    [Test]
    public void Other_data_or_a_damaged_file_are_trained_again()
    {
        using var folder = new OddsFolder("cardio");
        string[] args = ["table2", "--datasets", "cardio", "--models", "svdd", "--seeds", "2"];
        Reproduce(folder, args);
        string table = File.ReadAllText(Path.Combine(folder.Out(), "table2.json"));
        File.WriteAllText(folder.Trials()[0], "{ \"key\": \"cut off");
        Assert.That(Reproduce(folder, args).Err, Does.Contain("1 of them done before"));
        Assert.That(File.ReadAllText(Path.Combine(folder.Out(), "table2.json")), Is.EqualTo(table));
        folder.Write("cardio", seed: 4);
        Assert.That(Reproduce(folder, args).Err, Does.Not.Contain("done before"));
        Assert.That(folder.Trials(), Has.Length.EqualTo(4));
    }

    [Test]
    public void A_stored_number_that_was_edited_is_trained_again_and_named()
    {
        using var folder = new OddsFolder("cardio");
        string[] args = ["table2", "--datasets", "cardio", "--models", "svdd", "--seeds", "2"];
        Reproduce(folder, args);
        string table = File.ReadAllText(Path.Combine(folder.Out(), "table2.json"));
        string file = folder.Trials()[0];
        JsonObject trial = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        trial["auc"]![0] = 0.999;
        File.WriteAllText(file, trial.ToJsonString());
        CliRun run = Reproduce(folder, args);
        Assert.That(run.Err, Does.Contain("1 of them done before").And.Contain($"note: '{file}' does not match its checksum"));
        Assert.That(File.ReadAllText(Path.Combine(folder.Out(), "table2.json")), Is.EqualTo(table));
        Assert.That(Reproduce(folder, args).Err, Does.Contain("2 of them done before").And.Not.Contain("note:"));

        trial["auc"] = new JsonArray();
        File.WriteAllText(file, trial.ToJsonString());
        Assert.That(Reproduce(folder, args).Err, Does.Contain("1 of them done before"));
        Assert.That(File.ReadAllText(Path.Combine(folder.Out(), "table2.json")), Is.EqualTo(table), "no failed seed");
    }

    [Test]
    public void Results_of_a_version_without_checksums_count_and_one_note_says_so()
    {
        using var folder = new OddsFolder("cardio");
        string[] args = ["table2", "--datasets", "cardio", "--models", "svdd", "--seeds", "2"];
        Reproduce(folder, args);
        foreach (string file in folder.Trials())
        {
            JsonObject trial = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
            Assert.That(trial.Remove("checksum"), Is.True);
            File.WriteAllText(file, trial.ToJsonString());
        }

        CliRun run = Reproduce(folder, args);
        Assert.That(run.Err, Does.Contain("2 of them done before").And.Contain("note: 2 of the stored results are of an earlier version"));
        Assert.That(run.Err.Split("note:"), Has.Length.EqualTo(2));
    }

    [Test]
    public void A_figure_that_was_edited_is_looked_at_again()
    {
        using var folder = new OddsFolder("arrhythmia");
        CliRun first = Reproduce(folder, "figure5");
        Assert.That(first.Code, Is.EqualTo(ExitCodes.Success), first.Err);
        string page = File.ReadAllText(Path.Combine(folder.Out(), "figure5.json"));
        string file = folder.Trials().Single(name => name.EndsWith("-figure5.json", StringComparison.Ordinal));
        JsonObject stored = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        stored["figure"]!["selectedRound"] = 0;
        stored["figure"]!["iad"]!["auc"] = 1;
        File.WriteAllText(file, stored.ToJsonString());
        CliRun run = Reproduce(folder, "figure5");
        Assert.That(run.Err, Does.Contain($"note: '{file}' does not match its checksum"));
        Assert.That(File.ReadAllText(Path.Combine(folder.Out(), "figure5.json")), Is.EqualTo(page));
    }

    [Test]
    public void Results_do_not_depend_on_threads()
    {
        using var folder = new OddsFolder("cardio", "thyroid");
        string[] tables = [.. ((string[])["1", "3"]).Select(threads =>
        {
            string folderName = $"out{threads}";
            Reproduce(folder, folderName, "table2", "--datasets", "cardio,thyroid", "--models", "svdd", "--seeds", "3",
                "--threads", threads);
            return File.ReadAllText(Path.Combine(folder.Out(folderName), "table2.json"));
        })];
        Assert.That(tables[1], Is.EqualTo(tables[0]));
    }

    [Test]
    public void Cancelling_keeps_what_is_done_and_says_so()
    {
        using var folder = new OddsFolder("cardio");
        string[] args = ["table2", "--datasets", "cardio", "--models", "svdd", "--seeds"];
        Assert.That(Reproduce(folder, [.. args, "2"]).Code, Is.EqualTo(ExitCodes.Success));
        string table = File.ReadAllText(Path.Combine(folder.Out(), "table2.json"));

        // The first line says what is there and to be done; training begins behind it.
        using var cancellation = new CancellationTokenSource();
        using var error = new CancellingWriter(cancellation, "2000 trainings, 2 of them done before");
        CliRun run = ReproductionRun.Of(error, cancellation.Token, Arguments(folder, "out", [.. args, "2000"]));
        Assert.That(run.Code, Is.EqualTo(ExitCodes.Cancelled), run.Err);
        Assert.That(run.Err, Does.Contain("cancelled; 2 of 2000 trainings are kept").And.Contain("goes on from there"));
        Assert.That(run.Out, Is.Empty);
        Assert.That(folder.Trials(), Has.Length.EqualTo(2));
        Assert.That(File.ReadAllText(Path.Combine(folder.Out(), "table2.json")), Is.EqualTo(table));
    }

    [Test]
    public void A_missing_data_set_is_asked_for_by_place_and_source()
    {
        using var folder = new OddsFolder("cardio");
        CliRun run = Reproduce(folder, "table2", "--datasets", "cardio,thyroid");
        Assert.That(run.Code, Is.EqualTo(ExitCodes.BadInput));
        Assert.That(run.Err, Does.Contain(Path.Combine("odds", "thyroid.mat")).And.Contain("https://odds.cs.stonybrook.edu/"));
        Assert.That(Directory.Exists(folder.Out()), Is.False);
    }

    [TestCase("'table9'", "table9")]
    [TestCase("none of satellite", "table2", "--datasets", "cardo")]
    [TestCase("none of svdd", "table2", "--models", "svd")]
    [TestCase("nothing of these models and data sets", "table5", "--models", "maf")]
    [TestCase("--seeds is 0", "table2", "--seeds", "0")]
    [TestCase("--threads is -1", "table2", "--threads", "-1")]
    [TestCase("'mine' is none of any, same", "table2", "--engine", "mine")]
    public void What_cannot_work_is_refused(string message, params string[] args)
    {
        using var folder = new OddsFolder();
        CliRun run = Reproduce(folder, args);
        Assert.That(run.Code, Is.EqualTo(ExitCodes.BadInput));
        Assert.That(run.Err, Does.Contain(message));
        Assert.That(Directory.Exists(folder.Out()), Is.False);
    }

    [Test]
    public void A_folder_that_does_not_exist_is_refused()
    {
        CliRun run = ReproductionRun.Of("table2", "--data", Path.Combine(Path.GetTempPath(), "no-such-folder-of-data"));
        Assert.That(run.Code, Is.EqualTo(ExitCodes.BadInput));
        Assert.That(run.Err, Does.Contain("does not exist").And.Contain("IAD_DATA"));
    }

    [Test]
    public void Json_may_go_into_the_folder_that_the_command_makes()
    {
        using var folder = new OddsFolder("cardio");
        string json = Path.Combine(folder.Out(), "numbers.json");
        CliRun run = Reproduce(folder, "table2", "--datasets", "cardio", "--models", "svdd", "--seeds", "1", "--json", json);
        Assert.That(run.Code, Is.EqualTo(ExitCodes.Success), run.Err);
        Assert.That(File.ReadAllText(json), Is.EqualTo(File.ReadAllText(Path.Combine(folder.Out(), "table2.json"))));
    }

    [Test]
    public void Json_does_not_replace_a_data_set()
    {
        using var folder = new OddsFolder("cardio", "thyroid");
        foreach (string dataset in (string[])["cardio", "thyroid"])
        {
            string file = Path.Combine(folder.Data, "odds", dataset + ".mat");
            byte[] before = File.ReadAllBytes(file);
            CliRun run = Reproduce(folder, "table2", "--datasets", "cardio", "--models", "svdd", "--seeds", "1", "--json", file);
            Assert.That(run.Code, Is.EqualTo(ExitCodes.BadInput));
            Assert.That(run.Err, Does.Contain("also read or written elsewhere in this command"));
            Assert.That(File.ReadAllBytes(file), Is.EqualTo(before));
            Assert.That(Directory.Exists(folder.Out()), Is.False);
        }
    }

    [Test]
    public void Whatever_file_cannot_be_written_all_others_are_there()
    {
        using var folder = new OddsFolder("cardio");
        foreach (string blocked in (string[])["table2.html", "table2.csv", "table2.svg"])
            Directory.CreateDirectory(Path.Combine(folder.Out(), blocked));
        string json = folder.Out("table.json");
        CliRun run = Reproduce(folder, "table2", "--datasets", "cardio", "--models", "svdd", "--seeds", "1", "--json", json);
        Assert.That(run.Code, Is.EqualTo(ExitCodes.Failed));
        foreach (string blocked in (string[])["table2.html", "table2.csv", "table2.svg"])
            Assert.That(run.Err, Does.Match($"error: .*{Regex.Escape(blocked)}"));
        Assert.That(run.Out, Does.Contain("85.3 ± 5.1"));
        foreach (string file in (string[])["table2.json", "table2.md", "table2.png"])
            Assert.That(new FileInfo(Path.Combine(folder.Out(), file)), Has.Length.GreaterThan(100), file);
        Assert.That(File.ReadAllText(json), Is.EqualTo(File.ReadAllText(Path.Combine(folder.Out(), "table2.json"))));
    }

    [TestCase("table2", "--json", "FILE")]
    [TestCase("table2", "--json", "-")]
    [TestCase("figure4")]
    public void Where_standard_output_cannot_be_written_all_files_are_there_and_standard_error_may_fail_too(string experiment, params string[] more)
    {
        using var folder = new OddsFolder("cardio");
        string json = folder.Out("table.json");
        string[] args = Arguments(folder, "out",
            [experiment, "--datasets", "cardio", "--models", "svdd", "--seeds", "1", .. more.Select(word => word == "FILE" ? json : word)]);
        Assert.That(ReproductionRun.Of(args).Code, Is.EqualTo(ExitCodes.Success));
        string[] files = [.. Files()];
        Assert.That(files, Has.Length.GreaterThan(5));
        Dictionary<string, string> texts = files.Where(file => !IsPicture(file)).ToDictionary(file => file, File.ReadAllText);
        foreach (string file in files) File.Delete(file);
        using var output = new BrokenWriter(0, BrokenWriter.Full);
        using var error = new StringWriter();
        Assert.That(ReproduceCommand.Run(args, output, error, CliRun.NoCuda), Is.EqualTo(ExitCodes.Failed));
        Assert.That(error.ToString(), Does.Contain("error: standard output cannot be written: No space left on device").And.Contain("saved, and whole: "));
        Assert.That(Files(), Is.EqualTo(files));
        foreach ((string file, string text) in texts) Assert.That(File.ReadAllText(file), Is.EqualTo(text), file);
        foreach (string file in files) File.Delete(file);
        using var silent = new BrokenWriter(0, BrokenWriter.Full);
        Assert.That(ReproduceCommand.Run(args, TextWriter.Null, silent, CliRun.NoCuda), Is.EqualTo(ExitCodes.Success));
        Assert.That(Files(), Is.EqualTo(files));

        IEnumerable<string> Files() => Directory.GetFiles(folder.Out()).Append(json).Where(File.Exists).Order(StringComparer.Ordinal);

        static bool IsPicture(string file) => Path.GetExtension(file) is ".svg" or ".png" or ".html";
    }

    [Test]
    public void Classes_and_the_first_seed_are_what_was_asked_for()
    {
        using var folder = new OddsFolder();
        folder.WriteImages();
        CliRun run = Reproduce(folder, "table3", "--datasets", "mnist", "--models", "maf", "--classes", "1,3", "--seeds", "2",
            "--first-seed", "40");
        Assert.That(run.Code, Is.EqualTo(ExitCodes.Success), run.Err);
        Assert.That(run.Err, Does.Contain("3 cells, 12 trainings"));
        string[] stems = [.. folder.Trials().Select(file => Path.GetFileName(file)[..^"-0123456789abcdef.json".Length])];
        Assert.That(stems.Distinct(), Is.EquivalentTo(new[]
            { "maf-mnist-class1-seed40", "maf-mnist-class1-seed41", "maf-mnist-class3-seed40", "maf-mnist-class3-seed41" }));
        JsonElement root = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder.Out(), "table3.json"))).RootElement;
        Assert.That(root.GetProperty("firstSeed").GetUInt64(), Is.EqualTo(40));
        foreach (JsonElement cell in root.GetProperty("cells").EnumerateArray())
        {
            Assert.That(cell.GetProperty("classes").EnumerateArray().Select(name => name.GetString()),
                Is.EqualTo(new[] { "1", "3" }));
            Assert.That((cell.GetProperty("seeds").GetInt32(), cell.GetProperty("finished").GetInt32()), Is.EqualTo((2, 2)));
            Assert.That(cell.GetProperty("failedClasses").GetArrayLength(), Is.Zero);
        }
    }

    [TestCase("table2", 2)]
    [TestCase("figure5", 1)]
    [TestCase("table6", 2)]
    [TestCase("grid", 2)]
    public void Quick_takes_no_more_seeds_than_the_whole(string experiment, int seeds)
    {
        var arguments = new ReproduceArguments
        {
            Experiment = Experiments.All.Single(each => each.Name == experiment),
            Data = null, Datasets = null, Models = null, Classes = null, Seeds = null, FirstSeed = 3, Threads = 1,
            Device = new DeviceChoice(DeviceKind.Cpu), SameEngine = false, Quick = true, Json = null, Out = "",
            CommandLine = "",
        };
        Assert.That(arguments.TrialsOf(arguments.Cells()[0]).Select(trial => trial.Seed),
            Is.EqualTo(Enumerable.Range(3, seeds).Select(seed => (ulong)seed)));
        Assert.That((arguments with { Quick = false }).TrialsOf(arguments.Cells()[0]).Count(), Is.GreaterThanOrEqualTo(seeds));
    }

    [Test]
    public void An_ensemble_stands_beside_the_single_network()
    {
        using var folder = new OddsFolder("cardio");
        CliRun run = Reproduce(folder, "table5", "--datasets", "cardio", "--seeds", "1");
        Assert.That(run.Code, Is.EqualTo(ExitCodes.Success), run.Err);
        JsonElement root = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder.Out(), "table5.json"))).RootElement;
        Assert.That(root.GetProperty("cells").EnumerateArray().Select(cell => cell.GetProperty("ensemble").GetInt32()),
            Is.EqualTo(new[] { 1, 5 }));
        Assert.That(run.Out, Does.Contain("ae x 5"));
        Assert.That(root.GetProperty("agreement").GetProperty("compared").GetInt32(), Is.EqualTo(2 * 2),
            "Table V prints no IAD-Best");
    }

    [Test]
    public void A_competitor_in_the_place_of_a_base_model_begins_with_what_it_is_by_itself()
    {
        using var folder = new OddsFolder("cardio", "thyroid");
        CliRun run = Reproduce(folder, "table6", "--datasets", "cardio,thyroid", "--models", "drae,rsrae,oneflow", "--seeds", "2", "--first-seed", "5");
        Assert.That(run.Code, Is.EqualTo(ExitCodes.Success), run.Err);
        JsonElement root = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder.Out(), "table6.json"))).RootElement;
        JsonElement[] cells = [.. root.GetProperty("cells").EnumerateArray()];
        Assert.That(cells, Has.Length.EqualTo(2 * 3 * 2));
        foreach (JsonElement around in cells.Where(cell => cell.GetProperty("method").ValueKind == JsonValueKind.Null))
        {
            JsonElement itself = cells.Single(cell => cell.GetProperty("method").ValueKind != JsonValueKind.Null
                && ((string[])["model", "dataset"]).All(name => cell.GetProperty(name).GetString() == around.GetProperty(name).GetString()));
            Assert.That(itself.GetProperty("rounds").GetArrayLength(), Is.EqualTo(1));
            Assert.That(around.GetProperty("rounds").GetArrayLength(), Is.EqualTo(16));
            foreach (string number in (string[])["mean", "std"])
                Assert.That(around.GetProperty("base").GetProperty(number).GetDouble(), Is.EqualTo(itself.GetProperty("iad").GetProperty(number).GetDouble()));
            Assert.That(itself.GetProperty("paper").GetProperty("base").ValueKind, Is.EqualTo(JsonValueKind.Null));
            Assert.That(itself.GetProperty("reference").GetProperty("mean").GetDouble(), Is.InRange(0.5, 1));
            Assert.That(around.GetProperty("reference").ValueKind, Is.EqualTo(JsonValueKind.Null));
        }

        // A control of the data alone: the same whatever is trained on them.
        Assert.That(cells.GroupBy(cell => cell.GetProperty("dataset").GetString())
            .Select(set => set.Select(cell => cell.GetProperty("distance").GetProperty("mean").GetDouble()).Distinct().Count()), Has.All.EqualTo(1));
        JsonElement agreement = root.GetProperty("agreement");
        Assert.That((agreement.GetProperty("compared").GetInt32(), agreement.GetProperty("references").GetInt32()), Is.EqualTo((6, 6)));
        Assert.That(run.Out, Does.Contain("OneFlow").And.Contain("of another implementation"));
    }

    [Test]
    public void A_competitor_takes_classes_of_images_flattened()
    {
        using var folder = new OddsFolder();
        folder.WriteImages();
        CliRun run = Reproduce(folder, "table6", "--datasets", "mnist", "--models", "oneflow", "--classes", "1,3", "--seeds", "1");
        Assert.That(run.Code, Is.EqualTo(ExitCodes.Success), run.Err);
        JsonElement cell = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder.Out(), "table6.json"))).RootElement.GetProperty("cells").EnumerateArray().Single();
        Assert.That(cell.GetProperty("contamination").GetDouble(), Is.EqualTo(0.2));
        Assert.That(cell.GetProperty("classes").GetArrayLength(), Is.EqualTo(2));
        Assert.That(cell.GetProperty("settings").GetString(), Does.Contain("--network 16-16-16").And.Contain("--epochs 40 --batch 1000 --lr 0.001").And.Contain("--alpha 0.2"));
        Assert.That(cell.GetProperty("iad").GetProperty("mean").GetDouble(), Is.InRange(0, 1));
    }

    private static CliRun Reproduce(OddsFolder folder, params string[] args) =>
        args[0].StartsWith("out", StringComparison.Ordinal)
            ? ReproductionRun.Of(Arguments(folder, args[0], args[1..]))
            : ReproductionRun.Of(Arguments(folder, "out", args));

    private static string[] Arguments(OddsFolder folder, string output, params string[] args) =>
        [.. args, "--data", folder.Data, "--out", folder.Out(output), "--device", "cpu"];

    /// <summary>Cancels as soon as a line with some words is written.</summary>
    private sealed class CancellingWriter(CancellationTokenSource cancellation, string words) : StringWriter
    {
        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value is not null && value.Contains(words, StringComparison.Ordinal)) cancellation.Cancel();
        }
    }
}
