using System.Text.Json;
using System.Text.RegularExpressions;
using IadNative.Cli;

namespace IadNative.Reproduction.Tests;

/// <summary>Holds the README's table of the JSON of <c>iad reproduce</c> and the program together.</summary>
internal sealed partial class ReadmeTests
{
    private static readonly string[] s_experiments = ["figure3", "figure4", "figure5", "figure6", "grid"];

    [Test]
    public void Readme_documents_the_fields_of_the_json()
    {
        string readme = File.ReadAllText(Path.Combine(TestContext.CurrentContext.TestDirectory, "README.md"));
        string section = readme.Split("### JSON of `iad reproduce`\n")[1].Split("\n### ")[0];
        string[] documented = [.. section.Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .SelectMany(row => CodePattern().Matches(row.Split('|')[1])).Select(match => match.Groups[1].Value)];
        HashSet<string> written = Written();
        Assert.That(written.Where(path => !documented.Contains(path)), Is.Empty);
        // A field that is null or empty in these samples is written as its parent.
        string[] optional = ["cells[].alarms[]", "cells[].classes[]", "cells[].failedClasses[]"];
        Assert.That(documented.Except(optional).Where(path => !written.Any(other => other == path
            || other.StartsWith(path + ".", StringComparison.Ordinal))), Is.Empty);
    }

    private static HashSet<string> Written()
    {
        using var folder = new OddsFolder("satellite", "arrhythmia");
        var paths = new HashSet<string>();
        foreach (string experiment in s_experiments)
        {
            string dataset = experiment == "figure5" ? "arrhythmia" : "satellite";
            CliRun run = CliRun.Of("reproduce", experiment, "--data", folder.Data, "--datasets", dataset, "--models", "svdd",
                "--seeds", "1", "--out", folder.Out(), "--device", "cpu", "--json", "-");
            Assert.That(run.Code, Is.EqualTo(ExitCodes.Success), run.Err);
            paths.UnionWith(JsonPaths.Of(JsonDocument.Parse(run.Out).RootElement));
        }

        return paths;
    }

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex CodePattern();
}
