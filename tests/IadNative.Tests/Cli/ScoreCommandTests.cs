using System.Globalization;
using System.Text;
using System.Text.Json;
using IadNative.Cli;

namespace IadNative.Tests.Cli;

/// <summary><c>iad score</c> on tables that are not quite those of the training.</summary>
internal sealed class ScoreCommandTests
{
    private static readonly string[] s_quick = ["--label", "label", "--model", "svdd", "--rounds", "1", "--epochs", "2"];

    [Test]
    public void Columns_are_found_by_name_and_others_passed_over_and_named()
    {
        using var folder = new TestFolder();
        string model = Fit(folder);
        string[] lines = File.ReadAllLines(folder.File("data.csv"));
        string[] moved = [.. lines.Select(line => line.Split(',')).Select((cells, i) =>
            $"{cells[3]},{cells[1]},{(i == 0 ? "extra" : "7")},{cells[0]},{cells[2]},{cells[4]}")];
        File.WriteAllLines(folder.File("moved.csv"), moved);
        CliRun plain = CliRun.Of("score", model, folder.File("data.csv"), "--label", "label");
        CliRun other = CliRun.Of("score", model, folder.File("moved.csv"), "--label", "label");
        Assert.That(other.Code, Is.EqualTo(ExitCodes.Success), other.Err);
        Assert.That(other.Out, Is.EqualTo(plain.Out));
        Assert.That(other.Err, Does.Contain("note: moved.csv: ").And.Contain("passed over: 'extra'"));
        Assert.That(plain.Err, Does.Not.Contain("passed over"));
    }

    [Test]
    public void A_missing_column_is_refused_and_other_names_are_taken_by_position_on_request_alone()
    {
        using var folder = new TestFolder();
        string model = Fit(folder);
        string renamed = folder.WriteCsv("renamed.csv", header: "p,q,r,s");
        CliRun refused = CliRun.Of("score", model, renamed, "--label", "label");
        Assert.That(refused.Code, Is.EqualTo(ExitCodes.BadInput));
        Assert.That(refused.Err, Does.Contain("4 features are missing: 'a', 'b', 'c', 'd'").And.Contain("--by-position"));
        CliRun taken = CliRun.Of("score", model, renamed, "--label", "label", "--by-position");
        Assert.That(taken.Code, Is.EqualTo(ExitCodes.Success), taken.Err);
        Assert.That(taken.Out, Is.EqualTo(CliRun.Of("score", model, folder.File("data.csv"), "--label", "label").Out));
    }

    [Test]
    public void Gaps_are_filled_from_the_training_data_whatever_file_they_stand_in([Values("mean", "median")] string rule)
    {
        using var folder = new TestFolder();
        string model = Fit(folder, "--missing", rule);
        File.WriteAllText(folder.File("one.csv"), "a,b,c,d\n0.1,,0.2,0.3\n");
        File.WriteAllText(folder.File("many.csv"), "a,b,c,d\n9,99,9,9\n0.1,NA,0.2,0.3\n1,-77,1,1\n");
        CliRun one = CliRun.Of("score", model, folder.File("one.csv")), many = CliRun.Of("score", model, folder.File("many.csv"));
        Assert.That(one.Code, Is.EqualTo(ExitCodes.Success), one.Err);
        Assert.That(one.Out.Split('\n')[1][1..], Is.EqualTo(many.Out.Split('\n')[2][1..]));
        Assert.That(one.Err, Does.Contain($"1 row(s) have missing cells, filled with the {rule} of the training data: row 1."));
        CliRun refused = CliRun.Of("score", model, folder.File("one.csv"), "--missing", "error");
        Assert.That(refused.Code, Is.EqualTo(ExitCodes.BadInput));
        CliRun dropped = CliRun.Of("score", model, folder.File("many.csv"), "--missing", "drop");
        Assert.That(dropped.Out.Split('\n').Select(line => line.Split(',')[0]), Is.EqualTo(new[] { "row", "1", "3", "" }));
        Assert.That(dropped.Err, Does.Contain("1 row(s) with missing cells are left out."));
    }

    [Test]
    public void A_model_without_filling_refuses_gaps_unless_it_is_told_to_fill_them()
    {
        using var folder = new TestFolder();
        string model = Fit(folder);
        File.WriteAllText(folder.File("gap.csv"), "a,b,c,d\n0.1,,0.2,0.3\n");
        Assert.That(CliRun.Of("score", model, folder.File("gap.csv")).Code, Is.EqualTo(ExitCodes.BadInput));
        CliRun filled = CliRun.Of("score", model, folder.File("gap.csv"), "--missing", "median");
        Assert.That(filled.Code, Is.EqualTo(ExitCodes.Success), filled.Err);
    }

    [Test]
    public void Rows_in_which_a_training_constant_moves_are_counted_and_the_column_is_named()
    {
        using var folder = new TestFolder();
        string data = folder.WriteCsv();
        string[] lines = File.ReadAllLines(data);
        File.WriteAllLines(data, lines.Select((line, i) => (i == 0 ? "fixed," : "5,") + line));
        CliRun fit = CliRun.Of(["fit", data, .. s_quick, "--out", folder.File("m.iad")]);
        Assert.That(fit.Err, Does.Contain("warning: data.csv: 1 column has one value in all rows").And.Contain("'fixed' (5)"));
        File.WriteAllLines(folder.File("new.csv"), lines.Select((line, i) => (i == 0 ? "fixed," : i is 3 or 8 ? "6," : "5,") + line));
        CliRun score = CliRun.Of("score", folder.File("m.iad"), folder.File("new.csv"), "--label", "label");
        Assert.That(score.Err, Does.Contain("2 row(s) have another value in a column that was constant in training").And.Contain("row 3, 8; column 'fixed'"));
        Assert.That(CliRun.Of("score", folder.File("m.iad"), data, "--label", "label").Err, Does.Not.Contain("constant in training"));
    }

    [Test]
    public void Long_tables_are_scored_block_by_block_as_in_one_piece()
    {
        using var folder = new TestFolder();
        string model = Fit(folder), data = folder.WriteCsv("long.csv", rows: 10_000);
        CliRun score = CliRun.Of("score", model, data, "--label", "label");
        Dataset all = DatasetReader.Read(data, new DatasetReadOptions { Label = "label" });
        float[] expected = AnomalyDetector.Load(model).Score(all);
        string[] lines = score.Out.Split('\n');
        Assert.That(lines, Has.Length.EqualTo(10_002));
        for (int row = 0; row < expected.Length; row++)
            Assert.That(float.Parse(lines[row + 1].Split(',')[1], CultureInfo.InvariantCulture), Is.EqualTo(expected[row]));
    }

    [Test]
    public void Identifiers_go_through_to_the_scores_and_labels_to_the_verdicts()
    {
        using var folder = new TestFolder();
        string model = Fit(folder);
        string[] lines = File.ReadAllLines(folder.File("data.csv"));
        File.WriteAllLines(folder.File("ids.csv"), lines.Select((line, i) => (i == 0 ? "key," : $"\"id, {i}\",") + line));
        CliRun score = CliRun.Of("score", model, folder.File("ids.csv"), "--label", "label", "--id", "key");
        string[] scored = score.Out.Split('\n');
        Assert.That(scored[0], Is.EqualTo("row,id,score,percentile,p_value,label"));
        Assert.That(scored[7], Does.StartWith("7,\"id, 7\","));
        int flagged = scored.Count(line => line.EndsWith(",anomaly", StringComparison.Ordinal));
        int hits = Enumerable.Range(1, 200).Count(row => (row - 1) % 10 == 3 && scored[row].EndsWith(",anomaly", StringComparison.Ordinal));
        Assert.That(score.Err, Does.Contain($"({hits} of 20 anomalies found, {flagged - hits} false alarms)"));
    }

    [Test]
    public void What_is_said_of_the_columns_stands_in_the_json_and_the_report_too()
    {
        using var folder = new TestFolder();
        var text = new StringBuilder("a,b,c\n");
        var random = new System.Random(5);
        for (int i = 0; i < 200; i++)
            text.Append(CultureInfo.InvariantCulture, $"{(i == 9 ? "" : random.NextDouble())},{(i == 50 ? 1e9 : random.NextDouble())},4\n");
        File.WriteAllText(folder.File("d.csv"), text.ToString());
        CliRun fit = CliRun.Of(
            "fit", folder.File("d.csv"), "--model", "svdd", "--rounds", "1", "--epochs", "1", "--missing", "median", "--json", folder.File("r.json"), "--report",
            folder.File("r.html"));
        Assert.That(fit.Code, Is.EqualTo(ExitCodes.Success), fit.Err);
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(folder.File("r.json")));
        JsonElement dataset = json.RootElement.GetProperty("dataset");
        JsonElement[] columns = [.. dataset.GetProperty("columns").EnumerateArray()];
        Assert.That(columns[0].GetProperty("missing").GetInt32(), Is.EqualTo(1));
        Assert.That(columns[0].GetProperty("filledWith").GetDouble(), Is.InRange(0.3, 0.7));
        Assert.That(columns[1].GetProperty("extreme").GetInt32(), Is.EqualTo(1));
        Assert.That(columns[1].GetProperty("farthest").GetDouble(), Is.EqualTo(1e9));
        Assert.That(columns[2].GetProperty("constant").GetDouble(), Is.EqualTo(4));
        Assert.That(columns.Select(column => column.GetProperty("kind").GetString()), Is.All.EqualTo("number"));
        string[] notes = [.. dataset.GetProperty("notes").EnumerateArray().Select(note => note.GetString()!)];
        Assert.That(notes, Has.Length.EqualTo(3));
        string page = System.Net.WebUtility.HtmlDecode(File.ReadAllText(folder.File("r.html")));
        foreach (string note in notes)
        {
            Assert.That(fit.Err, Does.Contain(note));
            Assert.That(page, Does.Contain(note));
        }

        Assert.That(page, Does.Contain("The 20 samples with the highest scores").And.Contain("Scores of the detector that was kept: seed 0"));
    }

    private static string Fit(TestFolder folder, params string[] options)
    {
        string model = folder.File("m.iad");
        CliRun fit = CliRun.Of(["fit", folder.WriteCsv(), .. s_quick, .. options, "--out", model]);
        Assert.That(fit.Code, Is.EqualTo(ExitCodes.Success), fit.Err);
        return model;
    }
}
