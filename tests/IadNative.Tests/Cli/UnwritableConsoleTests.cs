using IadNative.Cli;

namespace IadNative.Tests.Cli;

/// <summary>Standard output and standard error that fail at some write, inside this process.</summary>
[Category("Device")]
internal sealed class UnwritableConsoleTests
{
    private const int All = int.MaxValue;

    private static readonly Exception[] s_failures =
    [
        BrokenWriter.Full, BrokenWriter.NoReader, new UnauthorizedAccessException("closed"), new ObjectDisposedException("stream"),
        new InvalidOperationException("none of the usual"),
    ];

    [Test]
    public void Standard_error_may_fail_at_any_write_and_nothing_comes_of_it()
    {
        using var folder = new TestFolder();
        string[] fit = Fit(folder), score = ["score", folder.File("m.iad"), folder.File("data.csv"), "--label", "label"];
        string[] info = ["info", folder.File("m.iad")], wrong = ["fit", folder.File("missing.csv")], unknown = ["fot"];
        foreach (string[] command in (string[][])[fit, info, wrong, unknown, score])
        {
            using var whole = new BrokenWriter(All, BrokenWriter.Full);
            using var text = new StringWriter();
            int code = IadCommand.Run(command, text, whole, CliRun.NoCuda);
            Dictionary<string, byte[]> files = Contents(folder);
            for (int taken = 0; taken < whole.Writes; taken++)
            {
                foreach (string name in files.Keys.Where(name => name != "data.csv" && command == fit)) File.Delete(folder.File(name));
                using var error = new BrokenWriter(taken, s_failures[taken % s_failures.Length]);
                using var output = new StringWriter();
                Assert.That(IadCommand.Run(command, output, error, CliRun.NoCuda), Is.EqualTo(code), $"{command[0]}, {taken} writes");
                Assert.That(Steady(output.ToString()), Is.EqualTo(Steady(text.ToString())));
                Assert.That(Contents(folder).Keys, Is.EquivalentTo(files.Keys));
                Assert.That(Contents(folder)["m.iad"], Is.EqualTo(files["m.iad"]));
                Assert.That(whole.ToString(), Does.StartWith(error.ToString()));
            }
        }
    }

    [Test]
    public void A_cancelled_command_says_130_also_where_it_can_say_nothing_else()
    {
        using var folder = new TestFolder();
        string[] fit = Fit(folder);
        using var error = new BrokenWriter(0, BrokenWriter.Full);
        Assert.That(IadCommand.Run(fit, TextWriter.Null, error, CliRun.NoCuda, new CancellationToken(canceled: true)),
            Is.EqualTo(ExitCodes.Cancelled));
        Assert.That(folder.Files, Is.EqualTo(new[] { "data.csv" }));
    }

    [Test]
    public void Where_standard_output_fails_at_any_write_the_files_are_there_and_named()
    {
        using var folder = new TestFolder();
        string[] fit = Fit(folder);
        using var whole = new BrokenWriter(All, BrokenWriter.Full);
        using var silence = new StringWriter();
        Assert.That(IadCommand.Run(fit, whole, silence, CliRun.NoCuda), Is.EqualTo(ExitCodes.Success), silence.ToString());
        Dictionary<string, byte[]> files = Contents(folder);
        Assert.That(whole.Writes, Is.GreaterThan(2));
        foreach (int taken in (int[])[0, 1, whole.Writes / 2, whole.Writes - 1])
        {
            foreach (string name in (string[])["m.iad", "r.json", "r.html"]) File.Delete(folder.File(name));
            using var output = new BrokenWriter(taken, BrokenWriter.Full);
            using var error = new StringWriter();
            Assert.That(IadCommand.Run(fit, output, error, CliRun.NoCuda), Is.EqualTo(ExitCodes.Failed));
            Assert.That(error.ToString(), Does.Contain("error: standard output cannot be written: No space left on device"));
            Assert.That(error.ToString(), Does.Contain("note: saved, and whole: ").And.Contain("m.iad, ").And.Contain("r.json, ").And.Contain("r.html."));
            Assert.That(Contents(folder).Keys, Is.EquivalentTo(files.Keys));
            Assert.That(Contents(folder)["m.iad"], Is.EqualTo(files["m.iad"]));
        }
    }

    [Test]
    public void Json_and_scores_that_standard_output_does_not_take_are_an_error_and_cost_no_file()
    {
        using var folder = new TestFolder();
        string[] fit = Fit(folder);
        fit[Array.IndexOf(fit, "--json") + 1] = "-";
        string model = folder.File("m.iad"), data = folder.File("data.csv");
        foreach (Exception failure in (Exception[])[BrokenWriter.Full, BrokenWriter.NoReader])
        {
            File.Delete(model);
            string words = failure == BrokenWriter.Full ? "error: standard output cannot be written" : "error: standard output was closed by its reader";
            foreach (string[] command in (string[][])[fit, ["info", model, "--json", "-"], ["score", model, data, "--label", "label"]])
            {
                using var output = new BrokenWriter(0, failure);
                using var error = new StringWriter();
                Assert.That(IadCommand.Run(command, output, error, CliRun.NoCuda), Is.EqualTo(ExitCodes.Failed), command[0]);
                Assert.That(error.ToString(), Does.Contain(words));
            }

            Assert.That(folder.Files, Is.EqualTo(new[] { "data.csv", "m.iad", "r.html" }));
        }
    }

    [Test]
    public void Whoever_reads_a_table_or_help_may_have_seen_enough()
    {
        using var folder = new TestFolder();
        foreach (string[] command in (string[][])[Fit(folder), ["info"], ["info", folder.File("m.iad")], ["fit", "--help"], ["--version"]])
        {
            using var output = new BrokenWriter(0, BrokenWriter.NoReader);
            using var error = new StringWriter();
            Assert.That(IadCommand.Run(command, output, error, CliRun.NoCuda), Is.EqualTo(ExitCodes.Success), command[0]);
            Assert.That(error.ToString(), Does.Not.Contain("error"));
            using var full = new BrokenWriter(0, BrokenWriter.Full);
            Assert.That(IadCommand.Run(command, full, error, CliRun.NoCuda), Is.EqualTo(ExitCodes.Failed), command[0]);
            Assert.That(error.ToString(), Does.Contain("error: standard output cannot be written"));
        }
    }

    [TestCase("--out", "r.json", "r.html")]
    [TestCase("--json", "m.iad", "r.html")]
    [TestCase("--report", "m.iad", "r.json")]
    public void A_file_that_cannot_be_written_costs_no_other(string option, params string[] others)
    {
        if (!File.Exists("/dev/full")) Assert.Ignore("There is no /dev/full, which stands for a disk without room.");
        using var folder = new TestFolder();
        string[] fit = Fit(folder);
        fit[Array.IndexOf(fit, option) + 1] = "/dev/full";
        CliRun run = CliRun.Of(fit);
        Assert.That(run.Code, Is.EqualTo(ExitCodes.Failed));
        Assert.That(run.Err, Does.Contain("error: ").And.Contain("No space left on device").And.Contain("/dev/full"));
        Assert.That(run.Err, Does.Contain($"note: saved, and whole: {folder.File(others[0])}, {folder.File(others[1])}."));
        Assert.That(folder.Files, Is.EquivalentTo((string[])["data.csv", .. others]));
        Assert.That(run.Out, Does.Contain("untrained %"), "The tables are printed all the same.");
        Assert.That(run.Out, option == "--out" ? Does.Contain("The detector could not be saved.") : Does.Contain("Saved the detector"));
        Assert.That(run.Out, option == "--report" ? Does.Not.Contain("The report is in") : Does.Contain("The report is in"));
    }

    private static string[] Fit(TestFolder folder) =>
    [
        "fit", folder.WriteCsv(), "--label", "label", "--model", "svdd", "--rounds", "1", "--epochs", "1",
        "--out", folder.File("m.iad"), "--json", folder.File("r.json"), "--report", folder.File("r.html"),
    ];

    private static Dictionary<string, byte[]> Contents(TestFolder folder) =>
        folder.Files.ToDictionary(name => name, name => File.ReadAllBytes(folder.File(name)));

    // Seconds differ from run to run, and with them the width of columns.
    private static string Steady(string text) =>
        string.Join('\n', text.Split('\n').Where(line => !line.Contains("Trained on", StringComparison.Ordinal))
            .Select(line => new string([.. line.Where(c => !char.IsDigit(c) && c is not (' ' or '.'))])));
}
