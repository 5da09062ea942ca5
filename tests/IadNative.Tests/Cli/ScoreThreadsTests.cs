using System.Diagnostics;
using System.Globalization;
using System.Text;
using IadNative.Cli;
using IadNative.Tests.Data.Columnar;

namespace IadNative.Tests.Cli;

/// <summary><c>iad score</c> on several threads writes the bytes of one.</summary>
public sealed class ScoreThreadsTests
{
    private const int Rows = 30_000;

    private static readonly string[] s_csv = [.. Enumerable.Range(0, Rows).Select(i => FormattableString.Invariant(
        $"{Math.Sin(i)},{(i % 1000 == 7 ? "" : $"{Math.Cos(7.3 * i):R}")},{i % 17 / 3.0},é{i},{(i % 50 == 0 ? 1 : 0)}"))];

    [Test]
    public void Bytes_and_notes_are_the_same_whatever_the_threads([Values("csv", "parquet")] string format, [Values("", "--explain", "--explain-top 2")] string explain)
    {
        using var folder = new TestFolder();
        string model = Fit(folder), data = format == "csv" ? WriteCsv(folder, s_csv) : WriteParquet(folder, s_csv);
        string[] command = ["score", model, data, "--id", "name", "--label", "kind", .. explain.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        CliRun one = CliRun.Of([.. command, "--threads", "1"]);
        Assert.That(one.Code, Is.Zero, one.Err);
        Assert.That(one.Out.Count(c => c == '\n'), Is.EqualTo(Rows + 1));
        Assert.That(one.Err, Does.Contain("30 row(s) have missing cells").And.Contain("row 8, 1008, 2008, 3008, 4008, ...").And.Contain("precision"));
        foreach (string threads in (string[])["0", "2", "7"])
        {
            CliRun many = CliRun.Of([.. command, "--threads", threads]);
            Assert.That(many.Out == one.Out, $"{threads} threads");
            Assert.That(many.Err, Is.EqualTo(one.Err));
        }

        CliRun file = CliRun.Of([.. command, "--threads", "3", "--out", folder.File("scores.csv")]);
        Assert.That(file.Code, Is.Zero, file.Err);
        Assert.That(File.ReadAllText(folder.File("scores.csv")) == one.Out, "to a file");
    }

    [Test]
    public void A_line_is_what_the_detector_says()
    {
        using var folder = new TestFolder();
        string model = Fit(folder);
        AnomalyDetector detector = AnomalyDetector.Load(model);
        string[] lines = CliRun.Of("score", model, WriteCsv(folder, s_csv), "--drop", "name,kind").Out.Split('\n');
        for (int i = 0; i < 200; i++)
        {
            double[] row = [.. s_csv[i].Split(',')[..3].Select(cell => cell.Length == 0 ? double.NaN : double.Parse(cell, CultureInfo.InvariantCulture))];
            float score = detector.Score(row.AsSpan());
            Assert.That(lines[i + 1], Is.EqualTo(string.Create(CultureInfo.InvariantCulture,
                $"{i + 1},{score:R},{detector.Percentile(score):R},{detector.PValue(score):R},{(detector.IsAnomaly(score) ? "anomaly" : "normal")}")));
        }
    }

    [Test]
    public void A_bad_cell_far_behind_is_told_with_all_others_and_what_came_before_is_written([Values("1", "2", "8")] string threads)
    {
        using var folder = new TestFolder();
        string model = Fit(folder);
        string[] lines = [.. s_csv];
        lines[20_000] = "x,1,1,n,0";
        lines[29_000] = "1,1,y,n,0";
        CliRun run = CliRun.Of("score", model, WriteCsv(folder, lines), "--id", "name", "--label", "kind", "--threads", threads);
        Assert.That(run.Code, Is.EqualTo(ExitCodes.BadInput));
        Assert.That(run.Err, Does.Contain("2 cells cannot be used").And.Contain("row 20001 (line 20002)").And.Contain("row 29001 (line 29002)"));
        Assert.That(run.Out.Count(c => c == '\n'), Is.EqualTo(1 + (20_000 / 4_096 * 4_096)), "whole blocks before it");
        lines[5] = lines[20_000];
        Assert.That(CliRun.Of("score", model, WriteCsv(folder, lines), "--id", "name", "--label", "kind", "--threads", threads).Out, Is.Empty);
    }

    [Test]
    public void Behind_a_bad_cell_of_a_group_of_rows_nothing_is_written([Values("1", "2", "8")] string threads)
    {
        using var folder = new TestFolder();
        string model = Fit(folder), output = folder.File("scores.csv");
        string[] lines = [.. s_csv];
        lines[20_000] = "1e300,1,1,n,0";
        string[] command = ["score", model, WriteParquet(folder, lines), "--id", "name", "--label", "kind", "--threads", threads];
        CliRun run = CliRun.Of(command);
        Assert.That(run.Code, Is.EqualTo(ExitCodes.BadInput));
        Assert.That(run.Err, Does.Contain("row 20001"));
        // Groups have 7,000 rows, blocks 4,096 of one group.
        Assert.That(run.Out.Split('\n')[1..^1].Select(line => int.Parse(line.Split(',')[0], CultureInfo.InvariantCulture)), Is.EqualTo(Enumerable.Range(1, 14_000 + 4_096)));
        CliRun file = CliRun.Of([.. command, "--out", output]);
        Assert.That((file.Code, File.Exists(output), file.Out), Is.EqualTo((ExitCodes.BadInput, false, "")));
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_bad_cell_of_standard_input_is_told_behind_all_blocks_before_it([Values("1", "2", "8")] string threads, CancellationToken timeout)
    {
        using var folder = new TestFolder();
        string[] lines = [.. s_csv];
        lines[20_000] = "x,1,1,n,0";
        using Process process = ProgramProcess.StartWithInput("iad", "score", Fit(folder), "-", "--id", "name", "--label", "kind", "--threads", threads);
        Task<string> output = process.StandardOutput.ReadToEndAsync(timeout), error = process.StandardError.ReadToEndAsync(timeout);
        await process.StandardInput.WriteAsync(File.ReadAllText(WriteCsv(folder, lines)));
        process.StandardInput.Close();
        await process.WaitForExitAsync(timeout);
        Assert.That((process.ExitCode, (await output).Count(c => c == '\n')), Is.EqualTo((ExitCodes.BadInput, 1 + (20_000 / 4_096 * 4_096))), await error);
    }

    [Test]
    public void A_number_of_threads_that_makes_no_sense_is_refused()
    {
        using var folder = new TestFolder();
        CliRun run = CliRun.Of("score", Fit(folder), WriteCsv(folder, s_csv), "--threads", "-1");
        Assert.That(run.Code, Is.EqualTo(ExitCodes.BadInput));
        Assert.That(run.Err, Does.Contain("--threads -1 is no number of threads"));
    }

    [Test]
    public void Lines_are_numbers_and_texts_in_utf8()
    {
        var lines = new Utf8Lines();
        lines.Append("é,\ud83d\ude00,\ud800");
        lines.Append(","u8);
        lines.Append(-0.1f);
        lines.Append(1e-300);
        lines.Append(long.MinValue);
        Assert.That(Encoding.UTF8.GetString(lines.Written.Span), Is.EqualTo("é,\ud83d\ude00,\ufffd,-0.11E-300-9223372036854775808"));
        string text = new('x', 1_000_000);
        lines.Clear();
        lines.Append(text);
        lines.Append(text);
        Assert.That(lines.Written.Length, Is.EqualTo(2_000_000));
        var numbers = new RepeatedNumbers();
        foreach (double number in (double[])[0, -0.0, 0.1, double.MinValue, double.Epsilon, -1.2345678901234567e-300, 1, 0.1, 1.0 / 3])
            Assert.That(Encoding.UTF8.GetString(numbers.TextOf(number)), Is.EqualTo(number.ToString("R", CultureInfo.InvariantCulture)));
    }

    private static string Fit(TestFolder folder)
    {
        File.WriteAllText(folder.File("train.csv"), "a,b,c\n" + string.Concat(s_csv.Take(400).Select(line => string.Join(',', line.Split(',')[..3]) + "\n")));
        CliRun run = CliRun.Of("fit", folder.File("train.csv"), "--model", "svdd", "--rounds", "0", "--epochs", "1", "--missing", "median", "--out", folder.File("m.iad"));
        Assert.That(run.Code, Is.Zero, run.Err);
        return folder.File("m.iad");
    }

    private static string WriteCsv(TestFolder folder, string[] lines)
    {
        File.WriteAllText(folder.File("data.csv"), "a,b,c,name,kind\n" + string.Join('\n', lines) + "\n");
        return folder.File("data.csv");
    }

    private static string WriteParquet(TestFolder folder, string[] lines)
    {
        string[][] cells = [.. lines.Select(line => line.Split(','))];
        double?[] Of(int column) => [.. cells.Select(row => row[column].Length == 0 ? (double?)null : double.Parse(row[column], CultureInfo.InvariantCulture))];
        File.WriteAllBytes(folder.File("data.parquet"), new ParquetFile().Add("a", Of(0)).Add("b", Of(1)).Add("c", Of(2))
            .Add("name", [.. cells.Select(row => (string?)row[3])]).Add("kind", Of(4)).Write(rowsOfGroup: 7_000));
        return folder.File("data.parquet");
    }
}
