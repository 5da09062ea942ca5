using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using IadNative.Bench.Versus;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Tests.Build;

namespace IadNative.Tests.Samples;

/// <summary>
/// samples/EmbeddedScoring, published ahead of time as its users do it. Needs the checkout, an SDK and a linker.
/// </summary>
[Category("Slow")]
public sealed class EmbeddedScoringTests
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("iad-sample-test-");

    [OneTimeTearDown]
    public void RemoveFolder() => _folder.Delete(recursive: true);

    private static readonly int[] s_rows = [0, 1, 2, 6_434];

    [Test]
    public void Ahead_of_time_it_publishes_without_warnings_and_scores_to_the_bit_what_the_library_scores()
    {
        // For the vectors of this machine, since scores depend on their width in the last bits.
        (AnomalyDetector detector, Dataset data, string[] lines) = PublishAndRun("native", "-p:IlcInstructionSet=native");
        Assert.That(lines, Is.EqualTo(s_rows.Select(row => Expected(detector, data.Row(row)))));
    }

    [Test]
    public void Without_options_which_is_how_its_cold_start_is_measured_it_scores_the_same_to_four_digits()
    {
        (AnomalyDetector detector, Dataset data, string[] lines) = PublishAndRun("default");
        double[] scores = [.. lines.Select(line => double.Parse(line.Split(',')[0], CultureInfo.InvariantCulture))];
        Assert.That(Agreement.Holds([.. s_rows.Select(row => (double)detector.Score(data.Row(row)))], scores), Is.True);
    }

    // Trains a detector and has the sample, published with some options, score rows with it.
    private (AnomalyDetector Detector, Dataset Data, string[] Lines) PublishAndRun(string name, params string[] options)
    {
        string program = Publish(name, options);
        string path = Path.Combine(AppContext.BaseDirectory, "samples", "satellite.csv.gz");
        Dataset data = DatasetReader.Read(path, new DatasetReadOptions { Label = "label" });
        AnomalyDetector detector = AnomalyDetector.Fit(
            data, new FitOptions { Model = BaseModel.OneClassSvdd, Training = new TrainingOptions { Rounds = 0, Epochs = 1 } }).Detector;
        string model = Path.Combine(_folder.FullName, "model.iad");
        detector.Save(model);
        string printed = Run(program, [model, .. s_rows.Select(row => Text(data.Row(row)))]);
        return (detector, data, printed.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }

    private string Publish(string name, string[] options)
    {
        string output = Path.Combine(_folder.FullName, name);
        string printed = Run("dotnet",
        [
            "publish", Checkout.PathOf("samples", "EmbeddedScoring"), "-c", "Release", "-o", output,
            "-r", RuntimeInformation.RuntimeIdentifier, "-p:PublishAot=true", .. options,
            "--artifacts-path", Path.Combine(_folder.FullName, $"built-{name}"), "--disable-build-servers",
        ]);
        Assert.That(printed, Does.Not.Contain("warning").IgnoreCase);
        return Path.Combine(output, OperatingSystem.IsWindows() ? "EmbeddedScoring.exe" : "EmbeddedScoring");
    }

    private static string Run(string program, IEnumerable<string> arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })
            ?? throw new InvalidOperationException($"{program} did not start.");
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, output);
        return output;
    }

    private static string Expected(AnomalyDetector detector, ReadOnlySpan<float> row)
    {
        float score = detector.Score(row);
        string label = detector.IsAnomaly(score) ? "anomaly" : "normal";
        return string.Create(CultureInfo.InvariantCulture, $"{score},{detector.Percentile(score):F1},{label}");
    }

    private static string Text(ReadOnlySpan<float> row) =>
        string.Join(',', row.ToArray().Select(value => value.ToString(CultureInfo.InvariantCulture)));
}
