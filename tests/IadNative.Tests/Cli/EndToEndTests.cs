using System.Globalization;
using System.Text.Json;
using IadNative.Cli;

namespace IadNative.Tests.Cli;

/// <summary>Whole commands, in this process, on 200 rows of 4 features.</summary>
internal sealed class EndToEndTests
{
    private static readonly string[] s_quick = ["--label", "label", "--model", "svdd", "--rounds", "2", "--epochs", "2", "--seeds", "2"];

    [Test]
    public void Fit_then_score_gives_a_report_and_one_line_a_row()
    {
        using var folder = new TestFolder();
        string data = folder.WriteCsv();
        CliRun fit = CliRun.Of(["fit", data, .. s_quick, "--out", folder.File("m.iad"), "--json", folder.File("r.json")]);
        Assert.That(fit.Code, Is.EqualTo(ExitCodes.Success), fit.Err);
        Assert.That(fit.Out, Does.Contain("200 samples, 4 features, 20 anomalies (10.0%)").And.Contain("Saved the detector of seed 0"));
        Assert.That(fit.Out + fit.Err, Does.Not.Contain("\u001b"));
        Assert.That(folder.Files, Is.EqualTo(new[] { "data.csv", "m.iad", "r.json" }));

        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(folder.File("r.json")));
        Assert.That(json.RootElement.GetProperty("dataset").GetProperty("anomalies").GetInt32(), Is.EqualTo(20));
        Assert.That(json.RootElement.GetProperty("rounds")[1].GetProperty("rounds").GetArrayLength(), Is.EqualTo(3));
        Assert.That(json.RootElement.GetProperty("iad").GetProperty("auc").GetProperty("mean").GetDouble(), Is.InRange(0, 1));
        JsonElement selectedBy = json.RootElement.GetProperty("rounds")[0].GetProperty("selectedBy");
        Assert.That(selectedBy.EnumerateObject().Select(p => p.Name), Is.EquivalentTo(new[] { "rank-flip", "fixed:5", "last", "otsu" }));

        CliRun score = CliRun.Of("score", folder.File("m.iad"), data, "--label", "label");
        Assert.That(score.Code, Is.EqualTo(ExitCodes.Success), score.Err);
        string[] lines = score.Out.Split('\n');
        Assert.That(lines, Has.Length.EqualTo(202));
        Assert.That(lines[0], Is.EqualTo("row,score,percentile,p_value,label"));
        Assert.That(lines[201], Is.Empty);
        float threshold = json.RootElement.GetProperty("threshold").GetSingle();
        for (int row = 1; row <= 200; row++)
        {
            string[] cells = lines[row].Split(',');
            float value = float.Parse(cells[1], CultureInfo.InvariantCulture);
            Assert.That(cells[0], Is.EqualTo(row.ToString(CultureInfo.InvariantCulture)));
            Assert.That(cells[1], Is.EqualTo(value.ToString("R", CultureInfo.InvariantCulture)));
            Assert.That(double.Parse(cells[2], CultureInfo.InvariantCulture), Is.InRange(0, 100));
            Assert.That(double.Parse(cells[3], CultureInfo.InvariantCulture), Is.GreaterThan(0).And.AtMost(1));
            Assert.That(cells[4], Is.EqualTo(value > threshold ? "anomaly" : "normal"));
        }

        CliRun toFile = CliRun.Of("score", folder.File("m.iad"), data, "--label", "label", "--out", folder.File("s.csv"));
        Assert.That(toFile.Code, Is.EqualTo(ExitCodes.Success), toFile.Err);
        Assert.That(toFile.Out, Is.Empty);
        Assert.That(File.ReadAllText(folder.File("s.csv")), Is.EqualTo(score.Out));
    }

    [Test]
    public void The_same_command_gives_the_same_model_scores_and_report()
    {
        using var folder = new TestFolder();
        string data = folder.WriteCsv();
        string[] models = [folder.File("1.iad"), folder.File("2.iad")];
        string[] reports = new string[2];
        for (int i = 0; i < 2; i++)
        {
            CliRun run = CliRun.Of(["fit", data, .. s_quick, "--out", models[i], "--json", "-", "--threads", $"{i + 1}"]);
            Assert.That(run.Code, Is.EqualTo(ExitCodes.Success), run.Err);
            reports[i] = string.Join('\n', run.Out.Split('\n').Where(line =>
                !line.Contains("\"seconds\"", StringComparison.Ordinal) && !line.Contains("\"threads\"", StringComparison.Ordinal)));
        }

        Assert.That(reports[1], Is.EqualTo(reports[0]));
        CliRun[] scores = [.. models.Select(model => CliRun.Of("score", model, data, "--label", "label"))];
        Assert.That(scores[0].Code, Is.EqualTo(ExitCodes.Success), scores[0].Err);
        Assert.That(scores[1].Out, Is.EqualTo(scores[0].Out));
    }

    [Test]
    public void With_json_on_standard_output_nothing_else_is_there()
    {
        using var folder = new TestFolder();
        CliRun run = CliRun.Of(["fit", folder.WriteCsv(), .. s_quick, "--json", "-"]);
        Assert.That(run.Code, Is.EqualTo(ExitCodes.Success), run.Err);
        using JsonDocument json = JsonDocument.Parse(run.Out);
        Assert.That(json.RootElement.GetProperty("schema").GetString(), Is.EqualTo("iadnative.fit/1"));
    }

    [Test]
    public void Every_field_of_a_real_report_is_one_that_the_hand_made_report_has()
    {
        using var folder = new TestFolder();
        CliRun run = CliRun.Of(["fit", folder.WriteCsv(), .. s_quick, "--json", "-"]);
        Assert.That(run.Code, Is.EqualTo(ExitCodes.Success), run.Err);
        using JsonDocument json = JsonDocument.Parse(run.Out);
        Assert.That(JsonPaths.Of(json.RootElement), Is.SubsetOf(JsonPaths.Of(FitJsonTests.Write(labelled: true))));
    }

    [Test]
    public void Without_labels_fit_works_and_mentions_no_auc()
    {
        using var folder = new TestFolder();
        CliRun run = CliRun.Of("fit", folder.WriteCsv(label: false), "--model", "svdd", "--rounds", "1", "--epochs", "1");
        Assert.That(run.Code, Is.EqualTo(ExitCodes.Success), run.Err);
        Assert.That(run.Out, Does.Contain("no labels").And.Contain("--out MODEL saves it").And.Not.Contain("AUC"));
    }

    [Test]
    public void A_label_column_that_is_used_as_a_feature_is_warned_of()
    {
        using var folder = new TestFolder();
        CliRun run = CliRun.Of("fit", folder.WriteCsv(), "--model", "svdd", "--rounds", "0", "--epochs", "1");
        Assert.That(run.Code, Is.EqualTo(ExitCodes.Success), run.Err);
        Assert.That(run.Err, Does.Contain("warning: the column 'label' is used as a feature"));
    }

    [Test]
    public void Scoring_passes_over_other_columns_and_refuses_where_one_is_missing()
    {
        using var folder = new TestFolder();
        string data = folder.WriteCsv();
        CliRun fit = CliRun.Of("fit", data, "--label", "label", "--model", "svdd", "--rounds", "0", "--epochs", "1", "--out", folder.File("m.iad"));
        Assert.That(fit.Code, Is.EqualTo(ExitCodes.Success), fit.Err);
        CliRun withLabel = CliRun.Of("score", folder.File("m.iad"), data);
        Assert.That(withLabel.Code, Is.EqualTo(ExitCodes.Success), withLabel.Err);
        Assert.That(withLabel.Err, Does.Contain("passed over: 'label'"));
        CliRun renamed = CliRun.Of(
            "score", folder.File("m.iad"), folder.WriteCsv("other.csv", label: false, header: "a,b,d,e"), "--out", folder.File("s.csv"));
        Assert.That(renamed.Code, Is.EqualTo(ExitCodes.BadInput));
        Assert.That(renamed.Err, Does.Contain("other.csv: a feature is missing: 'c'"));
        Assert.That(folder.Files, Is.EqualTo(new[] { "data.csv", "m.iad", "other.csv" }));
    }

    [Test]
    public void Rows_too_far_out_are_anomalies_and_without_a_bound_on_features_get_the_largest_score_and_one_warning()
    {
        using var folder = new TestFolder();
        string data = folder.WriteCsv(label: false);
        string[] fitting = ["fit", data, "--model", "svdd", "--rounds", "0", "--epochs", "1", "--out", folder.File("m.iad")];
        string far = folder.File("far.csv");
        File.WriteAllText(far, "a,b,c,d\n0,0,0,0\n1e38,1e38,1e38,1e38\n0,0,0,0\n");
        Assert.That(CliRun.Of(fitting).Code, Is.EqualTo(ExitCodes.Success));
        Assert.That(CliRun.Of("score", folder.File("m.iad"), far).Out.Split('\n')[2], Does.Match(@",100,0\.\d+,anomaly$"));
        Assert.That(CliRun.Of([.. fitting, "--scaling", "standard"]).Code, Is.EqualTo(ExitCodes.Success));
        CliRun score = CliRun.Of("score", folder.File("m.iad"), far);
        Assert.That(score.Code, Is.EqualTo(ExitCodes.Success), score.Err);
        Assert.That(score.Out.Split('\n')[2], Does.StartWith("2,3.4028235E+38,").And.EndWith(",anomaly"));
        Assert.That(score.Err, Does.Contain("warning: far.csv: 1 row(s) have no finite score").And.Contain("row 2."));
    }

    [Test]
    public void Dropped_rows_leave_gaps_in_the_row_numbers()
    {
        using var folder = new TestFolder();
        string data = folder.WriteCsv(label: false);
        CliRun fit = CliRun.Of("fit", data, "--model", "svdd", "--rounds", "0", "--epochs", "1", "--out", folder.File("m.iad"));
        Assert.That(fit.Code, Is.EqualTo(ExitCodes.Success), fit.Err);
        string holes = folder.File("holes.csv");
        File.WriteAllText(holes, "a,b,c,d\n0,0,0,0\n0,,0,0\n1,0,0,0\n");
        CliRun score = CliRun.Of("score", folder.File("m.iad"), holes, "--missing", "drop");
        Assert.That(score.Code, Is.EqualTo(ExitCodes.Success), score.Err);
        Assert.That(score.Out.Split('\n')[1..^1].Select(line => line.Split(',')[0]), Is.EqualTo(new[] { "1", "3" }));
        CliRun refused = CliRun.Of("score", folder.File("m.iad"), holes);
        Assert.That(refused.Code, Is.EqualTo(ExitCodes.BadInput));
    }

    [Test]
    public void Info_tells_what_a_model_holds()
    {
        using var folder = new TestFolder();
        CliRun fit = CliRun.Of(["fit", folder.WriteCsv(), .. s_quick, "--network", "6-3", "--out", folder.File("m.iad")]);
        Assert.That(fit.Code, Is.EqualTo(ExitCodes.Success), fit.Err);
        CliRun info = CliRun.Of("info", folder.File("m.iad"), "--json", "-");
        Assert.That(info.Code, Is.EqualTo(ExitCodes.Success), info.Err);
        using JsonDocument json = JsonDocument.Parse(info.Out);
        JsonElement detector = json.RootElement.GetProperty("detector");
        Assert.That(detector.GetProperty("network").GetString(), Is.EqualTo("6-3"));
        Assert.That(detector.GetProperty("epochs").GetInt32(), Is.EqualTo(2));
        Assert.That(detector.GetProperty("features").EnumerateArray().Select(f => f.GetString()), Is.EqualTo(new[] { "a", "b", "c", "d" }));
        CliRun text = CliRun.Of("info", folder.File("m.iad"));
        Assert.That(text.Out, Does.Contain("6-3").And.Contain("a, b, c, d"));
    }

    [Test]
    public void A_flow_is_fitted_saved_described_and_scores_as_it_did_in_training()
    {
        using var folder = new TestFolder();
        string data = folder.WriteCsv(), model = folder.File("m.iad");
        CliRun fit = CliRun.Of(["fit", data, "--label", "label", "--model", "maf", "--degrees", "spread", "--score", "density",
            "--rounds", "1", "--network", "8", "--ensemble", "2", "--out", model, "--json", "-"]);
        Assert.That(fit.Code, Is.EqualTo(ExitCodes.Success), fit.Err);
        Assert.That(fit.Err, Does.Contain("Training maf 8, spread degrees, weights by density, 2 networks per run on data.csv (200 x 4): 2 rounds of 5 epochs"));
        using JsonDocument report = JsonDocument.Parse(fit.Out);
        Assert.That(report.RootElement.GetProperty("model").GetString(), Is.EqualTo("maf"));
        JsonElement options = report.RootElement.GetProperty("options");
        Assert.That((options.GetProperty("degrees").GetString(), options.GetProperty("score").GetString()),
            Is.EqualTo(("spread", "density")));
        Assert.That(options.GetProperty("epochs").GetInt32(), Is.EqualTo(5));

        CliRun info = CliRun.Of("info", model, "--json", "-");
        Assert.That(info.Code, Is.EqualTo(ExitCodes.Success), info.Err);
        using JsonDocument described = JsonDocument.Parse(info.Out);
        JsonElement detector = described.RootElement.GetProperty("detector");
        Assert.That(
            ((string[])["model", "degrees", "score"]).Select(name => detector.GetProperty(name).GetString()),
            Is.EqualTo(new[] { "maf", "spread", "density" }));

        CliRun score = CliRun.Of("score", model, data, "--label", "label");
        Assert.That(score.Code, Is.EqualTo(ExitCodes.Success), score.Err);
        float threshold = report.RootElement.GetProperty("threshold").GetSingle();
        string[][] lines = [.. score.Out.Split('\n')[1..^1].Select(line => line.Split(','))];
        Assert.That(lines.Select(cells => cells[4]), Is.EqualTo(lines.Select(cells =>
            float.Parse(cells[1], CultureInfo.InvariantCulture) > threshold ? "anomaly" : "normal")));
        Assert.That(lines.Select(cells => cells[4]).Distinct().Count(), Is.EqualTo(2));
    }

    [Test]
    public void Info_without_a_model_tells_of_program_and_machine()
    {
        CliRun text = CliRun.Of("info");
        Assert.That(text.Code, Is.EqualTo(ExitCodes.Success), text.Err);
        Assert.That(text.Out, Does.Contain(Product.Version).And.Contain("cores"));
        CliRun run = CliRun.Of("info", "--json", "-");
        using JsonDocument json = JsonDocument.Parse(run.Out);
        Assert.That(json.RootElement.GetProperty("cores").GetInt32(), Is.EqualTo(Environment.ProcessorCount));
        Assert.That(json.RootElement.TryGetProperty("detector", out _), Is.False);
    }

    [Test]
    public void A_missing_or_foreign_file_is_bad_input()
    {
        using var folder = new TestFolder();
        File.WriteAllText(folder.File("text.iad"), "no model at all");
        foreach (string[] args in (string[][])
            [
                ["fit", folder.File("none.csv")], ["score", folder.File("none.iad"), folder.File("none.csv")],
                ["score", folder.File("text.iad"), folder.File("none.csv")], ["info", folder.File("text.iad")],
                ["info", folder.File("none.iad")],
            ])
        {
            CliRun run = CliRun.Of(args);
            Assert.That(run.Code, Is.EqualTo(ExitCodes.BadInput), run.Err);
            Assert.That(run.Err, Does.StartWith("error: ").And.Not.Contain("unexpected"));
        }
    }

    [Test]
    public void A_cancelled_fit_or_score_ends_with_130_and_no_file()
    {
        using var folder = new TestFolder();
        string data = folder.WriteCsv();
        CliRun fitted = CliRun.Of("fit", data, "--label", "label", "--model", "svdd", "--rounds", "0", "--epochs", "1", "--out", folder.File("m.iad"));
        Assert.That(fitted.Code, Is.EqualTo(ExitCodes.Success), fitted.Err);
        var cancelled = new CancellationToken(canceled: true);
        CliRun fit = CliRun.Of(cancelled, ["fit", data, .. s_quick, "--out", folder.File("n.iad"), "--json", folder.File("n.json")]);
        Assert.That(fit.Code, Is.EqualTo(ExitCodes.Cancelled), fit.Err);
        CliRun score = CliRun.Of(cancelled, "score", folder.File("m.iad"), data, "--label", "label", "--out", folder.File("s.csv"));
        Assert.That(score.Code, Is.EqualTo(ExitCodes.Cancelled), score.Err);
        Assert.That(folder.Files, Is.EqualTo(new[] { "data.csv", "m.iad" }));
    }
}
