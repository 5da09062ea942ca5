using System.CommandLine;
using IadNative.Tests.Cli;

namespace IadNative.Reproduction.Tests;

internal sealed class HelpTests
{
    [Test]
    public void Help_ends_with_examples()
    {
        CliRun run = ReproductionRun.Of("--help");
        Assert.That(run.Code, Is.EqualTo(ExitCodes.Success));
        Assert.That(run.Err, Is.Empty);
        int examples = run.Out.IndexOf("Examples:", StringComparison.Ordinal);
        Assert.That(examples, Is.GreaterThan(run.Out.IndexOf("Options:", StringComparison.Ordinal)));
        Assert.That(run.Out[examples..], Does.Contain("IadNative.Reproduction table2 --data data --seeds 10"));
    }

    [Test]
    public void Every_example_parses_without_an_error()
    {
        Command command = ReproduceCommand.Create(
            new Terminal(TextWriter.Null, TextWriter.Null), CudaAccess.Native, CancellationToken.None);
        foreach (string line in ReproduceCommand.Examples.Split('\n'))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            Assert.That(words[0], Is.EqualTo(command.Name));
            Assert.That(command.Parse(words[1..]).Errors, Is.Empty, line);
        }
    }

    [Test]
    public void What_is_wrong_is_said_with_the_way_to_the_help()
    {
        CliRun run = ReproductionRun.Of("table2", "--seeds", "few");
        Assert.That(run.Code, Is.EqualTo(ExitCodes.BadInput));
        Assert.That(run.Err, Does.Contain("'few' is no whole number").And.Contain("See 'IadNative.Reproduction --help'."));
    }

    [Test]
    public void Version_is_one_line_without_a_commit() =>
        Assert.That(ReproductionRun.Of("--version").Out.TrimEnd(), Does.Match(@"^\d+\.\d+\.\d+(-[0-9A-Za-z.]+)?$"));
}
