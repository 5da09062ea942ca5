using System.Diagnostics;
using IadNative.Cli;

namespace IadNative.Tests.Cli;

/// <summary>Outputs whose names are links, devices or what a killed process has left.</summary>
[Category("Device")]
[Platform(Exclude = "Win")]
internal sealed class OutputLinkTests
{
    /// <summary>Commands as far as the option that names the file; the inputs are not there, so that whatever is read first fails.</summary>
    private static readonly string[][] s_commands =
    [
        ["fit", "nosuch.csv", "--out"], ["fit", "nosuch.csv", "--json"], ["fit", "nosuch.csv", "--report"],
        ["score", "nosuch.iad", "nosuch.csv", "--out"], ["info", "nosuch.iad", "--json"], ["export", "nosuch.iad", "--onnx"],
        ["drift", "nosuch.iad", "nosuch.csv", "--json"], ["fleet", "results", "nosuch.fleet", "--out"], ["fleet", "score", "nosuch.fleet", "nosuch.csv", "--by", "a", "--out"],
        ["fit", "--from", "nosuch.iad", "nosuch.csv", "--out"],
    ];

    [TestCaseSource(nameof(s_commands))]
    public void What_cannot_be_written_through_a_link_is_refused_before_anything_is_read(params string[] command)
    {
        using var folder = new TestFolder();
        Directory.CreateDirectory(folder.File("folder"));
        Link("loop", "loop");
        Link("astray", "missing/file");
        Link("to-folder", "folder");
        Link("to-nothing", "/dev/nosuch");
        foreach ((string name, string reason) in new[]
        {
            ("loop", "in a circle"), ("loop/file", "in a circle"), ("astray", "does not exist"), ("to-folder", "is a folder"),
            ("to-nothing", "no device"),
        })
        {
            CliRun run = CliRun.Of([.. command, folder.File(name)]);
            Assert.That(run.Code, Is.EqualTo(ExitCodes.BadInput), run.Err);
            Assert.That(run.Err, Does.StartWith($"error: {command[^1]} ").And.Contain(folder.File(name)).And.Contain(reason));
        }

        // What can be written is not what fails.
        Link("to-new", "new");
        Link("to-device", "/dev/null");
        foreach (string name in new[] { "to-new", "to-device" })
        {
            CliRun run = CliRun.Of([.. command, folder.File(name)]);
            Assert.That(run.Code, Is.EqualTo(ExitCodes.BadInput), run.Err);
            Assert.That(run.Err, Does.Contain("'nosuch.").And.Contain("does not exist"));
        }

        void Link(string name, string target) => File.CreateSymbolicLink(folder.File(name), target);
    }

    [Test]
    public void Scores_for_the_output_itself_go_behind_what_is_there()
    {
        using var folder = new TestFolder();
        string data = folder.WriteCsv(rows: 30), model = folder.File("model.iad");
        Assert.That(CliRun.Of("fit", data, "--label", "label", "--model", "svdd", "--network", "4-2", "--rounds", "0", "--epochs", "1",
            "--out", model).Code, Is.Zero);
        string expected = CliRun.Of("score", model, data, "--label", "label").Out, all = folder.File("all.csv");
        File.WriteAllText(all, "earlier\n");
        foreach (string output in new[] { "/dev/stdout", "/dev/fd/1" })
        {
            using Process process = Process.Start("sh",
            [
                "-c", "exec \"$@\" >> \"$0\"", all,
                .. ProgramProcess.Command("iad", "score", model, data, "--label", "label", "--out", output),
            ]);
            process.WaitForExit();
            Assert.That(process.ExitCode, Is.Zero);
        }

        Assert.That(File.ReadAllText(all), Is.EqualTo("earlier\n" + expected + expected));
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task The_next_command_removes_what_a_killed_one_has_left(CancellationToken timeout)
    {
        using var folder = new TestFolder();
        string data = folder.WriteCsv(rows: 30), model = folder.File("model.iad");
        string[] fit = ["fit", data, "--label", "label", "--model", "svdd", "--network", "4-2", "--rounds", "0", "--epochs", "1", "--out"];
        Assert.That(CliRun.Of([.. fit, model]).Code, Is.Zero);
        using Process killed = ProgramProcess.StartWithInput("iad", "score", model, "-", "--out", folder.File("scores.csv"));
        try
        {
            // More than is read before the first row is scored.
            await killed.StandardInput.WriteAsync("a,b,c,d\n" + string.Concat(Enumerable.Repeat("1,2,3,4\n", 100_000)));
            await killed.StandardInput.FlushAsync(timeout);
            // The first that is seen may be the one that tries the folder, and goes again.
            string[] seen = [];
            while (seen.Length == 0 || !Left().SequenceEqual(seen))
            {
                seen = Left();
                await Task.Delay(300, timeout);
            }

            File.SetLastWriteTimeUtc(folder.File(Left().Single()), DateTime.UtcNow.AddHours(-1));
            Assert.That(CliRun.Of([.. fit, model]).Code, Is.Zero);
            Assert.That(Left(), Has.Length.EqualTo(1), "its process lives");
        }
        finally
        {
            killed.Kill();
        }

        await killed.WaitForExitAsync(timeout);
        Assert.That(Left(), Has.Length.EqualTo(1), "SIGKILL leaves it");
        Assert.That(CliRun.Of([.. fit, model]).Code, Is.Zero);
        Assert.That(folder.Files, Is.EqualTo(new[] { "data.csv", "model.iad" }));

        string[] Left() => [.. folder.Files.Where(name => name.StartsWith(".iad-", StringComparison.Ordinal))];
    }
}
