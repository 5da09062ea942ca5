using System.CommandLine;
using System.Text.RegularExpressions;
using IadNative.Cli;

namespace IadNative.Tests.Cli;

/// <summary>Holds the command's page of reference and the program together.</summary>
internal sealed partial class ReadmeReferenceTests
{
    [Test]
    public void Page_documents_every_json_field()
    {
        HashSet<string> documented = CodeIn(Reference());
        Assert.That(WrittenPaths().Where(path => !documented.Contains(path)), Is.Empty);
    }

    [Test]
    public void Page_documents_no_json_field_that_is_not_written()
    {
        string section = Section(Reference(), "## JSON of `iad fit`", "## ");
        IReadOnlySet<string> written = WrittenPaths();
        IEnumerable<string> rows = section.Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal));
        string[] documented = [.. rows.SelectMany(row => CodeIn(row.Split('|')[1]))];
        Assert.That(documented, Is.Not.Empty);
        Assert.That(documented.Where(path => !written.Contains(path)), Is.Empty);
    }

    [Test]
    public void Page_documents_every_command_and_option()
    {
        HashSet<string> documented = CodeIn(Reference());
        Command root = IadCommand.Create(new Terminal(TextWriter.Null, TextWriter.Null), CudaAccess.Native, CancellationToken.None);
        IEnumerable<string> options = root.Subcommands.Append(root).Concat(root.Subcommands.SelectMany(command => command.Subcommands))
            .SelectMany(command => command.Options).Select(option => option.Name);
        IEnumerable<string> commands = root.Subcommands.SelectMany(command =>
            command.Subcommands.Select(below => $"iad {command.Name} {below.Name}").Append($"iad {command.Name}"));
        foreach (string name in options.Concat(commands).Distinct())
        {
            Assert.That(documented.Any(code => code == name || code.StartsWith(name + " ", StringComparison.Ordinal)), Is.True,
                $"{name} is not on the page.");
        }
    }

    private static IReadOnlySet<string> WrittenPaths() => JsonPaths.Of(FitJsonTests.Write(labelled: true));

    private static string Reference() =>
        File.ReadAllText(Path.Combine(TestContext.CurrentContext.TestDirectory, "IadNative.Cli", "README.md"));

    private static string Section(string text, string heading, string next)
    {
        int start = text.IndexOf("\n" + heading + "\n", StringComparison.Ordinal);
        Assert.That(start, Is.GreaterThanOrEqualTo(0), $"The page has no heading '{heading}'.");
        start += heading.Length + 2;
        int end = text.IndexOf("\n" + next, start, StringComparison.Ordinal);
        return end < 0 ? text[start..] : text[start..end];
    }

    private static HashSet<string> CodeIn(string markdown) => [.. CodePattern().Matches(markdown).Select(match => match.Groups[1].Value)];

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex CodePattern();
}
