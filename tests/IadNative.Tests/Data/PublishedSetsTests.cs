using System.Diagnostics;
using IadNative.Data;

namespace IadNative.Tests.Data;

public class PublishedSetsTests
{
    private static readonly DatasetReadOptions s_labelled = new() { Label = "label" };

    [Test]
    public void The_sample_is_satellite()
    {
        var data = DatasetReader.Read(TestData.SatelliteCsv, s_labelled);
        Assert.That((data.Rows, data.Columns, data.Anomalies), Is.EqualTo((6435, 36, 2036)));
        Assert.That((data.FeatureNames[0], data.FeatureNames[35]), Is.EqualTo(("x1", "x36")));
        Assert.That(data.Row(0)[..4].ToArray(), Is.EqualTo(new float[] { 92, 115, 120, 94 }));
    }

    [Category("Data")]
    [TestCase("arrhythmia.mat", 452, 274, 66)]
    [TestCase("cardio.mat", 1831, 21, 176)]
    [TestCase("satellite.mat", 6435, 36, 2036)]
    [TestCase("satimage-2.mat", 5803, 36, 71)]
    [TestCase("thyroid.npz", 3772, 6, 93)]
    public void The_sets_of_the_paper_are_read(string file, int rows, int columns, int anomalies)
    {
        var data = DatasetReader.Read(TestData.Odds(file));
        Assert.That((data.Name, data.Rows, data.Columns, data.Anomalies), Is.EqualTo((file, rows, columns, anomalies)));
    }

    [Category("Data")]
    [Category("Slow")]
    [TestCase("mnist", new[] { 5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949 })]
    [TestCase("fashion-mnist", new[] { 6000, 6000, 6000, 6000, 6000, 6000, 6000, 6000, 6000, 6000 })]
    public void The_image_sets_of_the_paper_are_read(string folder, int[] counts)
    {
        string path = Path.GetDirectoryName(TestData.InDataFolder($"{folder}/train-images-idx3-ubyte.gz"))!;
        long start = Stopwatch.GetTimestamp();
        var data = DatasetReader.Read(path);
        TestContext.Out.WriteLine($"read in {Stopwatch.GetElapsedTime(start).TotalSeconds:f2} s");
        Assert.That((data.Name, data.Rows, data.Columns, data.Image),
            Is.EqualTo((folder, 60_000, 784, (ImageShape?)new ImageShape(28, 28))));
        Assert.That(Enumerable.Range(0, 10).Select(c => data.Classes!.Count(name => name == $"{c}")), Is.EqualTo(counts));
        Assert.That((data.Values.Min(), data.Values.Max()), Is.EqualTo((0f, 255f)));

        var scenario = Scenario.Contaminate(Scenario.WithNormal(data, ["3"]), 0.2, seed: 1);
        Assert.That(scenario.Rows - scenario.Anomalies, Is.EqualTo(counts[3]));
        Assert.That(scenario.Anomalies, Is.EqualTo((int)Math.Round(counts[3] / 4.0)));
        Assert.That(scenario.Classes!.Distinct().Count(), Is.EqualTo(10));
    }

    [Test, Category("Data")]
    public void The_sample_equals_the_published_set()
    {
        var mat = DatasetReader.Read(TestData.Odds("satellite.mat"));
        var csv = DatasetReader.Read(TestData.SatelliteCsv, s_labelled);
        Assert.That(csv.Values.AsSpan().SequenceEqual(mat.Values));
        Assert.That(csv.Labels, Is.EqualTo(mat.Labels));
    }
}
