using System.Globalization;
using System.Text.RegularExpressions;
using IadNative.Tests.Cli;

namespace IadNative.Tests.Samples;

/// <summary>samples/KeepLearning, run on the data that lie beside it.</summary>
public sealed partial class KeepLearningTests
{
    [Test]
    public void Refits_follow_the_drift_and_keep_the_auc()
    {
        string data = Path.Combine(AppContext.BaseDirectory, "samples", "satellite.csv.gz");
        string[] lines = Printed(data, "label");
        foreach (string line in lines) TestContext.Out.WriteLine(line);
        Match summary = Summary().Match(lines[^1]);
        Assert.That(summary.Success, lines[^1]);
        int begin = (int)Number(summary, 2), firstRefit = Array.FindIndex(lines, line => line.StartsWith("refit", StringComparison.Ordinal));
        Assert.That(Number(summary, 1), Is.InRange(1, 6), "some refits, but not one a window");
        Assert.That(firstRefit, Is.GreaterThanOrEqualTo(0));
        Match window = Window().Match(lines[firstRefit - 1]);
        Assert.That(Number(window, 1), Is.InRange(begin, begin + 2), "soon after the drift began, and not before");
        Assert.That(Number(summary, 4), Is.GreaterThan(Number(summary, 3) + 2), "AUC with refits, and without");
    }

    [TestCase("3")]
    [TestCase("0")]
    [TestCase("-1")]
    public void Of_too_few_windows_it_says_what_would_do(string window)
    {
        using var folder = new TestFolder();
        (int exit, string printed, string errors) = SampleProgram.Run("KeepLearning", folder.WriteCsv(rows: 11), "label", window);
        Assert.That((exit, printed), Is.EqualTo((2, "")));
        Assert.That(errors, Does.Contain($"11 rows, and more than 3 windows of {window} rows are needed. Give a WINDOW from 1 to 2."));
    }

    private static string[] Printed(params string[] arguments)
    {
        (int exit, string printed, string errors) = SampleProgram.Run("KeepLearning", arguments);
        Assert.That(exit, Is.Zero, errors);
        return printed.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    private static double Number(Match match, int group) => double.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(\d+) refits; mean AUC from window (\d+) on: ([\d.]+) ?% without, ([\d.]+) ?% with them$")]
    private static partial Regex Summary();

    [GeneratedRegex(@"^window (\d+): AUC")]
    private static partial Regex Window();
}
