using IadNative.Cli;

namespace IadNative.Tests.Cli;

/// <summary>How much memory a model may take is said on the command line.</summary>
internal sealed class MemoryLimitTests
{
    [TestCase("1", 1)]
    [TestCase("4096", 4096)]
    [TestCase("2KiB", 2048)]
    [TestCase("512MiB", 512L << 20)]
    [TestCase("4GiB", 4L << 30)]
    [TestCase("1.5gib", 3L << 29)]
    public void A_size_is_read(string text, long bytes) => Assert.That(MemoryLimit.Parse(text).MostScoringBytes, Is.EqualTo(bytes));

    [TestCase("")]
    [TestCase("GiB")]
    [TestCase("0")]
    [TestCase("-1GiB")]
    [TestCase("4GB")]
    [TestCase("1e3")]
    [TestCase("9999999999GiB")]
    [TestCase("99999999999999999999999999999999999")]
    [TestCase("NaN")]
    public void What_is_no_size_is_refused(string text) =>
        Assert.That(() => MemoryLimit.Parse(text), Throws.TypeOf<FormatException>().With.Message.Contains("4GiB"));

    [Test]
    public void A_model_that_needs_more_is_refused_and_taken_where_more_is_allowed()
    {
        using var folder = new TestFolder();
        string data = folder.WriteCsv(), model = folder.File("model.iad");
        CliRun fit = CliRun.Of("fit", data, "--label", "label", "--model", "svdd", "--rounds", "0", "--epochs", "1", "--out", model);
        Assert.That(fit.Code, Is.EqualTo(ExitCodes.Success), fit.Err);
        foreach (string[] command in (string[][])[["score", model, data, "--label", "label"], ["info", model]])
        {
            CliRun refused = CliRun.Of([.. command, "--memory-limit", "1KiB"]);
            Assert.That(refused.Code, Is.EqualTo(ExitCodes.BadInput), refused.Err);
            Assert.That(refused.Err, Does.Contain("of memory to score").And.Contain("--memory-limit"));
            CliRun taken = CliRun.Of([.. command, "--memory-limit", "1GiB"]);
            Assert.That(taken.Code, Is.EqualTo(ExitCodes.Success), taken.Err);
            Assert.That(taken.Out, Is.EqualTo(CliRun.Of(command).Out));
        }

        string[] refit = ["fit", "--from", model, data, "--label", "label", "--memory-limit"];
        Assert.That(CliRun.Of([.. refit, "1KiB"]).Err, Does.Contain("of memory to score").And.Contain("--memory-limit"));
        CliRun allowed = CliRun.Of([.. refit, "1GiB", "--json", "-"]);
        Assert.That(allowed.Code, Is.EqualTo(ExitCodes.Success), allowed.Err);
        Assert.That(allowed.Out, Does.Match("\"memoryLimit\": *1073741824"));
        CliRun fresh = CliRun.Of("fit", data, "--memory-limit", "1GiB");
        Assert.That((fresh.Code, fresh.Err), Is.EqualTo(
            (ExitCodes.BadInput, "error: --memory-limit is for a model to go on from: use it with --from, or leave it away.\n")));
        Assert.That(CliRun.Of("info", model, "--memory-limit", "much").Code, Is.EqualTo(ExitCodes.BadInput));
    }
}
