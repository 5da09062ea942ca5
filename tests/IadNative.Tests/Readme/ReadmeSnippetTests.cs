using System.Text.RegularExpressions;

namespace IadNative.Tests.Readme;

[NonParallelizable]
internal sealed partial class ReadmeSnippetTests
{
    [Test]
    public void The_snippet_of_the_readme_is_the_one_that_is_compiled()
    {
        string readme = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "README.md"));
        string source = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "ReadmeSnippet.cs"));
        string[] usings = [.. Lines(source).Where(line => line.StartsWith("using ", StringComparison.Ordinal))];
        string[] body = [.. Lines(Body().Match(source).Groups[1].Value)];
        Assert.That(body, Is.Not.Empty);
        Assert.That(Lines(CSharp().Match(readme).Groups[1].Value), Is.EqualTo(usings.Concat(body)));
    }

    [Test]
    public void The_snippet_of_the_readme_runs()
    {
        string before = Environment.CurrentDirectory;
        TextWriter output = Console.Out;
        DirectoryInfo folder = Directory.CreateTempSubdirectory("iad-readme-");
        using var written = new StringWriter();
        try
        {
            File.Copy(TestData.SatelliteCsv, Path.Combine(folder.FullName, "satellite.csv.gz"));
            Environment.CurrentDirectory = folder.FullName;
            Console.SetOut(written);
            ReadmeSnippet.Run();
        }
        finally
        {
            Console.SetOut(output);
            Environment.CurrentDirectory = before;
            folder.Delete(recursive: true);
        }

        Assert.That(written.ToString(), Does.Match(
            @"^AUC: untrained 0\.\d{3}, base 0\.\d{3}, IAD 0\.\d{3}\r?\nscore [\d.E-]+, percentile \d+\.\d, anomaly: (True|False)\r?\n$"));
    }

    private static IEnumerable<string> Lines(string text) =>
        text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0);

    [GeneratedRegex(@"```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CSharp();

    [GeneratedRegex(@"public static void Run\(\)\s*\{(.*?)\n    \}", RegexOptions.Singleline)]
    private static partial Regex Body();
}
