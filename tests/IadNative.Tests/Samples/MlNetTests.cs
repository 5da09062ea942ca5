using System.Globalization;
using System.Text.RegularExpressions;

namespace IadNative.Tests.Samples;

/// <summary>samples/MlNet, run on the data that lie beside it.</summary>
[NonParallelizable]
public sealed partial class MlNetTests
{
    [Test]
    [Category("Slow")]
    public void On_contaminated_data_it_beats_the_trainer_that_ML_NET_has()
    {
        (int exit, string output, _) = SampleProgram.Run("MlNet", Path.Combine(AppContext.BaseDirectory, "samples", "satellite.csv.gz"), "label");
        Assert.That(exit, Is.Zero);
        TestContext.Out.WriteLine(output);
        double[] aucs = [.. Line().Matches(output).Select(match => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];
        Assert.That(aucs, Has.Length.EqualTo(3));
        Assert.That(aucs[2], Is.GreaterThan(80).And.GreaterThan(aucs[..2].Max() + 10));
    }

    [Test]
    public void Without_data_it_says_what_it_takes() => Assert.That(SampleProgram.Run("MlNet"), Is.EqualTo((2, "", $"MlNet DATA LABEL{Environment.NewLine}")));

    [GeneratedRegex(@"^[^\n]*: AUC ([\d.]+) ?%, 6\d{3} distinct scores of 6435\r?$", RegexOptions.Multiline)]
    private static partial Regex Line();
}
