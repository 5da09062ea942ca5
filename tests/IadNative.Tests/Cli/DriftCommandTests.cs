using System.Globalization;
using System.Text.Json;
using IadNative.Cli;

namespace IadNative.Tests.Cli;

/// <summary><c>iad drift</c>, and <c>iad fit --from</c>, which it advises.</summary>
internal sealed class DriftCommandTests
{
    private static readonly string[] s_quick = ["--label", "label", "--model", "svdd", "--rounds", "1", "--epochs", "2"];

    [Test]
    public void Data_like_those_of_training_give_0_and_data_that_moved_give_3_and_name_the_column()
    {
        using var folder = new TestFolder();
        string model = Fit(folder), moved = Moved(folder);
        CliRun same = CliRun.Of("drift", model, folder.File("data.csv"), "--label", "label");
        Assert.That(same.Code, Is.EqualTo(ExitCodes.Success), same.Err);
        Assert.That(same.Out, Does.Contain("data.csv, 200 rows: no drift."));
        CliRun run = CliRun.Of("drift", model, moved, "--label", "label");
        Assert.That(run.Code, Is.EqualTo(3), run.Err);
        string[] lines = [.. run.Out.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)];
        Assert.That(lines[1], Does.StartWith("scores").And.EndWith("drifted"));
        Assert.That(lines[2], Does.StartWith("b ").And.EndWith("drifted"));
        Assert.That(run.Out, Does.Contain("drift of the scores and 1 of 4 columns. Fit again: iad fit --from MODEL DATA --out NEW."));
        Assert.That(run.Err, Is.Empty);
    }

    [Test]
    public void The_json_has_every_column_and_goes_to_a_file_or_standard_output()
    {
        using var folder = new TestFolder();
        string model = Fit(folder), moved = Moved(folder);
        CliRun file = CliRun.Of("drift", model, moved, "--label", "label", "--json", folder.File("drift.json"));
        CliRun printed = CliRun.Of("drift", model, moved, "--label", "label", "--json", "-");
        Assert.That((file.Code, printed.Code), Is.EqualTo((3, 3)));
        Assert.That(printed.Out, Is.EqualTo(File.ReadAllText(folder.File("drift.json"))));
        using JsonDocument json = JsonDocument.Parse(printed.Out);
        JsonElement root = json.RootElement;
        Assert.That(root.GetProperty("schema").GetString(), Is.EqualTo("iadnative.drift/1"));
        Assert.That(root.GetProperty("refit").GetBoolean(), Is.True);
        Assert.That(root.GetProperty("n").GetInt32(), Is.EqualTo(200));
        Assert.That(root.GetProperty("scores").GetProperty("p").GetDouble(), Is.LessThan(0.01));
        Assert.That(root.GetProperty("columns").EnumerateArray().Select(column => column.GetProperty("name").GetString()), Has.Exactly(4).Items);
        Assert.That(root.GetProperty("columns")[0].GetProperty("drifted").GetBoolean(), Is.True);
        HashSet<string> documented = [.. File.ReadAllText(Path.Combine(TestContext.CurrentContext.TestDirectory, "IadNative.Cli", "README.md")).Split('`')];
        Assert.That(JsonPaths.Of(root).Where(path => !documented.Contains(path)), Is.Empty, "fields that the page does not have");
    }

    [Test]
    public void Data_of_other_columns_are_refused()
    {
        using var folder = new TestFolder();
        string model = Fit(folder), renamed = folder.WriteCsv("renamed.csv", header: "p,q,r,s");
        CliRun run = CliRun.Of("drift", model, renamed, "--label", "label");
        Assert.That(run.Code, Is.EqualTo(ExitCodes.BadInput));
        Assert.That(run.Err, Does.Contain("4 features are missing"));
        Assert.That(CliRun.Of("drift", model, renamed, "--label", "label", "--by-position").Code, Is.EqualTo(ExitCodes.Success));
        Assert.That(CliRun.Of("drift", folder.File("none.iad"), renamed).Code, Is.EqualTo(ExitCodes.BadInput));
        Assert.That(CliRun.Of("drift", model, renamed, "--json", model).Code, Is.EqualTo(ExitCodes.BadInput), "the model itself");
    }

    [Test]
    public void A_model_goes_on_from_a_file_and_may_take_its_place()
    {
        using var folder = new TestFolder();
        string model = Fit(folder), moved = Moved(folder), json = folder.File("fit.json");
        CliRun refit = CliRun.Of("fit", "--from", model, moved, "--label", "label", "--out", folder.File("new.iad"), "--json", json, "--threads", "1");
        Assert.That(refit.Code, Is.EqualTo(ExitCodes.Success), refit.Err);
        Assert.That(refit.Out, Does.Not.Contain("NaN"));
        Assert.That(CliRun.Of("drift", folder.File("new.iad"), moved, "--label", "label").Code, Is.EqualTo(ExitCodes.Success));
        using JsonDocument report = JsonDocument.Parse(File.ReadAllText(json));
        Assert.That(report.RootElement.GetProperty("options").GetProperty("from").GetString(), Is.EqualTo(model));
        Assert.That(report.RootElement.GetProperty("rounds")[0].GetProperty("rounds").GetArrayLength(), Is.EqualTo(2));
        AnomalyDetector old = AnomalyDetector.Load(model);
        Dataset data = DatasetReader.Read(moved, new DatasetReadOptions { Label = "label" });
        old.Refit(data).Detector.Save(folder.File("library.iad"));
        Assert.That(File.ReadAllBytes(folder.File("new.iad")), Is.EqualTo(File.ReadAllBytes(folder.File("library.iad"))), "as the library does");

        CliRun inPlace = CliRun.Of("fit", "--from", model, moved, "--label", "label", "--out", model, "--seed", "5", "--rounds", "2", "--threshold", "top:3");
        Assert.That(inPlace.Code, Is.EqualTo(ExitCodes.Success), inPlace.Err);
        AnomalyDetector taken = AnomalyDetector.Load(model);
        Assert.That((taken.Seed, taken.Options.Training.Rounds, taken.Options.Threshold), Is.EqualTo((5ul, 2, (ThresholdRule?)ThresholdRule.Top(3))));
    }

    [TestCase("--model", "ae")]
    [TestCase("--epochs", "3")]
    [TestCase("--network", "4-2")]
    [TestCase("--bias", null)]
    [TestCase("--images", null)]
    [TestCase("--missing", "median")]
    [TestCase("--missing", "error")]
    public void What_a_model_has_settled_is_refused_beside_it(string option, string? value)
    {
        using var folder = new TestFolder();
        string model = Fit(folder);
        string[] words = value is null ? [option] : [option, value];
        CliRun run = CliRun.Of(["fit", "--from", model, folder.File("data.csv"), "--label", "label", .. words]);
        Assert.That(run.Code, Is.EqualTo(ExitCodes.BadInput));
        Assert.That(run.Err, Does.Contain($"{option} is the model's own with --from"));
    }

    [Test]
    public void Whether_a_model_has_a_radius_is_asked_of_the_model_itself([Values] bool hasRadius)
    {
        using var folder = new TestFolder();
        string model = Fit(folder, "--model", hasRadius ? "svdd-soft" : "svdd");
        CliRun run = CliRun.Of("fit", "--from", model, folder.File("data.csv"), "--label", "label", "--threshold", "radius");
        Assert.That(run.Code, Is.EqualTo(hasRadius ? ExitCodes.Success : ExitCodes.BadInput), run.Err);
        if (!hasRadius) Assert.That(run.Err, Does.Contain("Only soft-boundary Deep SVDD"));
        CliRun rounds = CliRun.Of("fit", "--from", model, folder.File("data.csv"), "--rounds", "65536");
        Assert.That((rounds.Code, rounds.Err), Is.EqualTo((ExitCodes.BadInput, "error: --rounds is 65536; allowed is 0 to 65,535.\n")));
    }

    [Test]
    public void Rows_with_missing_cells_are_left_out_where_that_is_asked_for()
    {
        using var folder = new TestFolder();
        string model = Fit(folder), gap = folder.File("gap.csv");
        string[] lines = File.ReadAllLines(folder.File("data.csv"));
        lines[1] = lines[1][lines[1].IndexOf(',')..];
        File.WriteAllLines(gap, lines);
        Assert.That(CliRun.Of("fit", "--from", model, gap, "--label", "label").Code, Is.EqualTo(ExitCodes.BadInput));
        CliRun run = CliRun.Of("fit", "--from", model, gap, "--label", "label", "--missing", "drop");
        Assert.That(run.Code, Is.EqualTo(ExitCodes.Success), run.Err);
        Assert.That(run.Err, Does.Contain("(199 x 4)"));
    }

    private static string Fit(TestFolder folder, params string[] options)
    {
        CliRun run = CliRun.Of(["fit", folder.WriteCsv(), .. s_quick.Where((_, i) => i is < 2 or > 3 || options.Length == 0), .. options, "--out", folder.File("m.iad")]);
        Assert.That(run.Code, Is.EqualTo(ExitCodes.Success), run.Err);
        return folder.File("m.iad");
    }

    // Column b lies elsewhere.
    private static string Moved(TestFolder folder)
    {
        string path = folder.File("moved.csv");
        File.WriteAllLines(path, File.ReadAllLines(folder.File("data.csv")).Select((line, i) =>
        {
            string[] cells = line.Split(',');
            if (i > 0) cells[1] = (double.Parse(cells[1], CultureInfo.InvariantCulture) + 4).ToString(CultureInfo.InvariantCulture);
            return string.Join(',', cells);
        }));
        return path;
    }
}
