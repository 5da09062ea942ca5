using IadNative.Tests.Cli;

namespace IadNative.Reproduction.Tests;

/// <summary>Outputs whose names are links, before anything is trained.</summary>
[Platform(Exclude = "Win")]
internal sealed class OutputLinkTests
{
    [Test]
    public void What_cannot_be_written_through_a_link_is_refused_before_anything_is_trained()
    {
        using var odds = new OddsFolder("cardio");
        using var folder = new TestFolder();
        Directory.CreateDirectory(folder.File("folder"));
        File.WriteAllText(folder.File("file"), "");
        foreach ((string name, string target) in new[]
        {
            ("loop", "loop"), ("astray", "missing/file"), ("to-folder", "folder"), ("to-nothing", "/dev/nosuch"), ("to-file", "file"),
        })
        {
            File.CreateSymbolicLink(folder.File(name), target);
        }

        foreach ((string option, string name, string reason) in new[]
        {
            ("--json", "loop", "in a circle"), ("--json", "loop/file", "in a circle"), ("--json", "astray", "does not exist"),
            ("--json", "to-folder", "is a folder"), ("--json", "to-nothing", "no device"),
            ("--out", "loop", "in a circle"), ("--out", "to-file", "cannot be made"),
        })
        {
            string[] others = option == "--out" ? [] : ["--out", odds.Out()];
            CliRun run = ReproductionRun.Of(["table2", "--data", odds.Data, "--datasets", "cardio", "--models", "svdd", "--seeds", "1",
                "--threads", "1", "--device", "cpu", option, folder.File(name), .. others]);
            Assert.That(run.Code, Is.EqualTo(ExitCodes.BadInput), run.Err);
            Assert.That(run.Err, Does.StartWith("error: ").And.Contain(folder.File(name)).And.Contain(reason));
            Assert.That(odds.Trials(), Is.Empty);
        }
    }
}
