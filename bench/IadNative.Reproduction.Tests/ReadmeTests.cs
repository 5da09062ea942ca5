using System.CommandLine;
using System.Text.Json;
using System.Text.RegularExpressions;
using IadNative.Tests.Cli;

namespace IadNative.Reproduction.Tests;

/// <summary>Holds the tables of the program's README and the program together.</summary>
internal sealed partial class ReadmeTests
{
    private static readonly string[] s_experiments = ["table6", "figure3", "figure4", "figure5", "figure6", "grid"];

    [Test]
    public void Readme_documents_every_option()
    {
        Command command = ReproduceCommand.Create(
            new Terminal(TextWriter.Null, TextWriter.Null), CudaAccess.Native, CancellationToken.None);
        string[] documented = [.. Documented("Options").Select(code => code.Split(' ')[0])];
        Assert.That(documented, Is.EquivalentTo(
            command.Options.Where(option => option.Name is not ("--help" or "--version")).Select(option => option.Name)));
    }

    [Test]
    public void Readme_documents_the_fields_of_the_json()
    {
        string[] documented = Documented("JSON");
        HashSet<string> written = Written();
        Assert.That(written.Where(path => !documented.Contains(path)), Is.Empty);
        // A field that is null or empty in these samples is written as its parent.
        string[] optional = ["cells[].alarms[]", "cells[].classes[]", "cells[].failedClasses[]"];
        Assert.That(documented.Except(optional).Where(path => !written.Any(other => other == path
            || other.StartsWith(path + ".", StringComparison.Ordinal))), Is.Empty);
    }

    /// <summary>The code in the first column of a section's table.</summary>
    private static string[] Documented(string heading)
    {
        string readme = File.ReadAllText(Path.Combine(TestContext.CurrentContext.TestDirectory, "README.md"));
        string section = readme.Split($"## {heading}\n")[1].Split("\n## ")[0];
        return [.. section.Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .SelectMany(row => CodePattern().Matches(row.Replace("\\|", "/", StringComparison.Ordinal).Split('|')[1]))
            .Select(match => match.Groups[1].Value)];
    }

    private static HashSet<string> Written()
    {
        using var folder = new OddsFolder("satellite", "arrhythmia");
        var paths = new HashSet<string>();
        foreach (string experiment in s_experiments)
        {
            string dataset = experiment == "figure5" ? "arrhythmia" : "satellite";
            CliRun run = ReproductionRun.Of(experiment, "--data", folder.Data, "--datasets", dataset, "--models", experiment == "table6" ? "drae" : "svdd",
                "--seeds", "1", "--out", folder.Out(), "--device", "cpu", "--json", "-");
            Assert.That(run.Code, Is.EqualTo(ExitCodes.Success), run.Err);
            paths.UnionWith(JsonPaths.Of(JsonDocument.Parse(run.Out).RootElement));
        }

        return paths;
    }

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex CodePattern();
}
