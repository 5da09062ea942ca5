using System.Globalization;
using System.Text.RegularExpressions;

namespace IadNative.Tests.Samples;

/// <summary>samples/RobustDetector, run on the data that lie beside it.</summary>
public sealed partial class RobustDetectorTests
{
    [Test]
    public void Around_weighted_histograms_iad_raises_the_auc_on_contaminated_data()
    {
        string data = Path.Combine(AppContext.BaseDirectory, "samples", "satellite.csv.gz");
        string[] lines = Printed(data, "label");
        TestContext.Out.WriteLine(lines[^1]);
        Match summary = Summary().Match(lines[^1]);
        Assert.That(summary.Success, lines[^1]);
        (double untrained, double first, double iad) = (Number(summary, 1), Number(summary, 2), Number(summary, 3));
        Assert.That(untrained, Is.EqualTo(50), "without samples all score alike");
        Assert.That(first, Is.GreaterThan(60));
        Assert.That(iad, Is.GreaterThan(first + 1), "IAD saw no label");
        Assert.That(lines[..^1], Has.Length.EqualTo(16).And.All.StartsWith("round "), "rounds, and no alarm");
    }

    private static string[] Printed(params string[] arguments)
    {
        (int exit, string output, string error) = SampleProgram.Run("RobustDetector", arguments);
        Assert.That(exit, Is.Zero, error);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    private static double Number(Match match, int group) => double.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^untrained ([\d.]+) ?%, base ([\d.]+) ?%, IAD ([\d.]+) ?% \(round \d+\)$")]
    private static partial Regex Summary();
}
