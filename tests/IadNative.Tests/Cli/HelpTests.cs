using System.CommandLine;
using IadNative.Cli;
using IadNative.Cli.Fleet;
using IadNative.Models;

namespace IadNative.Tests.Cli;

internal sealed class HelpTests
{
    [TestCase(new[] { "--help" }, "iad fit data.csv --out model.iad")]
    [TestCase(new[] { "fit", "--help" }, "iad fit data.csv --out model.iad")]
    [TestCase(new[] { "score", "-h" }, "iad score model.iad new.csv --out scores.csv")]
    [TestCase(new[] { "drift", "--help" }, "iad drift model.iad new.csv --json drift.json")]
    [TestCase(new[] { "export", "--help" }, "iad export model.iad --onnx model.onnx")]
    [TestCase(new[] { "cluster", "--help" }, "iad cluster init --cluster 'Host=db;Database=iad;Username=iad'")]
    [TestCase(new[] { "fleet", "--help" }, "iad fleet fit 'data/*.parquet' --by sensor_id --out fleet")]
    [TestCase(new[] { "info", "--help" }, "iad info model.iad --json -")]
    public void Help_ends_with_examples(string[] args, string example)
    {
        CliRun run = CliRun.Of(args);
        Assert.That(run.Code, Is.EqualTo(ExitCodes.Success));
        Assert.That(run.Err, Is.Empty);
        int examples = run.Out.IndexOf("Examples:", StringComparison.Ordinal);
        Assert.That(examples, Is.GreaterThan(run.Out.IndexOf("Options:", StringComparison.Ordinal)));
        Assert.That(run.Out[examples..], Does.Contain(example));
    }

    [Test]
    public void Every_example_parses_without_an_error()
    {
        Command root = IadCommand.Create(new Terminal(TextWriter.Null, TextWriter.Null), CudaAccess.Native, CancellationToken.None);
        string[] lines = string.Join(
            '\n', FitCommand.Examples, ReadingSyntax.Examples, ScoreCommand.Examples, DriftCommand.Examples, ExportCommand.Examples, FleetCommand.Examples,
            InfoCommand.Examples).Split('\n');
        foreach (string line in lines)
        {
            string command = line.Split('>')[0].Split('|')[^1];
            string[] words = [.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(word => word.Trim('\''))];
            Assert.That(words[0], Is.EqualTo("iad"));
            Assert.That(root.Parse(words[1..]).Errors, Is.Empty, line);
        }
    }

    [Test]
    public void What_is_wrong_below_a_command_is_explained_by_the_help_of_that()
    {
        Assert.That(CliRun.Of("fleet", "status").Err, Does.Contain("See 'iad fleet status --help'."));
        Assert.That(CliRun.Of("fleet").Err, Does.Contain("See 'iad fleet --help'."));
        Assert.That(CliRun.Of("fitt").Err, Does.Contain("See 'iad --help'."));
    }

    [Test]
    public void Help_of_fit_names_the_defaults_that_depend_on_model_and_data()
    {
        string help = string.Join(' ', CliRun.Of("fit", "--help").Out.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.That(help, Does.Contain("[default: 5 for maf, 200 for oneflow (40 with --images), 50 for sdor, 200 for dagpr, 20 otherwise; auto leaves no choice]")
            .And.Contain("32-32 for maf, 16-16-16 for oneflow; gaussian has none; auto leaves no choice]")
            .And.Contain("[default: 15; 10 with --images; 1 for auto (3 with --images); 0 for drae; 0 for rsrae; 0 for oneflow; 4 for sdor; 3 for dagpr; 10 for gaussian]").And.Contain("[default: 128; 200 with --images; 1024 for drae; 1000 for oneflow; 256 for dagpr; 1000 for oneflow; 256 for dagpr with --images]")
            .And.Contain("[default: 0.001; 0.0001 with --images, but 0.001 for oneflow; 0.001 for dagpr; auto leaves no choice]")
            .And.Contain($"[default: 4; {BaseModel.Auto.DefaultInverseTau} for auto]").And.Contain("[default: rank-flip; last for auto; last for sdor; last for dagpr; last for gaussian]")
            .And.Contain("[default: auto]").And.Contain("auto|svdd|svdd-soft|ae|maf").And.Contain("sequential|spread").And.Contain("nll|density"));
    }

    [Test]
    public void Help_is_given_even_where_the_rest_is_wrong()
    {
        CliRun run = CliRun.Of("fit", "--rounds", "abc", "--help");
        Assert.That(run.Code, Is.EqualTo(ExitCodes.Success));
        Assert.That(run.Out, Does.Contain("Usage:"));
    }

    [TestCase("--version")]
    [TestCase("fit", "--version")]
    public void Version_is_one_line_without_a_commit(params string[] args)
    {
        CliRun run = CliRun.Of(args);
        Assert.That(run.Code, Is.EqualTo(ExitCodes.Success));
        Assert.That(run.Out.TrimEnd(), Does.Match(@"^\d+\.\d+\.\d+(-[0-9A-Za-z.]+)?$"));
    }
}
