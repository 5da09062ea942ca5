using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

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

    private static string[] Printed(params string[] arguments)
    {
        TextWriter before = Console.Out;
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        Console.SetOut(text);
        try
        {
            int exit = (int)Assembly.Load("KeepLearning").EntryPoint!.Invoke(null, [arguments])!;
            Assert.That(exit, Is.Zero);
        }
        finally
        {
            Console.SetOut(before);
        }

        return text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    private static double Number(Match match, int group) => double.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(\d+) refits; mean AUC from window (\d+) on: ([\d.]+) ?% without, ([\d.]+) ?% with them$")]
    private static partial Regex Summary();

    [GeneratedRegex(@"^window (\d+): AUC")]
    private static partial Regex Window();
}
