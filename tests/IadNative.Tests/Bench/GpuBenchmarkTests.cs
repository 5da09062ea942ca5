using System.Text.Json;
using System.Text.RegularExpressions;
using IadNative.Bench.Gpu;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Bench;

/// <summary>The GPU benchmark measures what it says; on the emulated device, where its numbers mean nothing.</summary>
public sealed class GpuBenchmarkTests
{
    [Test, Category("Emulator"), Category("Slow")]
    public void Every_measurement_stands_in_the_report()
    {
        ClangCompiler.IgnoreIfMissing();
        using var driver = new EmulatedCudaDriver(new EmulatorOptions());
        var options = new GpuOptions { Only = ["svdd", "sort"], Replicas = [1, 2], SortPowers = [5, 14], Repetitions = 2, Seconds = 0 };
        var saved = new List<GpuReport>();
        GpuReport report = GpuCommand.Measure(driver, options, copiedBytes: 1 << 16, "a command", saved.Add);
        Assert.That(report.Failures, Is.Empty);
        Assert.That(saved, Has.Count.EqualTo(5), "after two models, a copy and two sorts");
        Assert.That(saved[^1].ToString(), Is.EqualTo(report.ToString()));
        Assert.That(report.Steps.Select(step => (step.Workload.Name, step.Replicas)), Is.EqualTo(new[] { ("svdd", 1), ("svdd", 2) }));
        Assert.That(
            report.Steps.SelectMany(step => new[] { step.GraphStep, step.PlainStep, step.Round!.Value }), Is.All.Positive.And.All.LessThan(100));
        Assert.That(report.Sorts.Select(sort => sort.Length), Is.EqualTo(new[] { 32, 16_384 }));
        Assert.That(report.Sorts.Select(sort => sort.Bytes), Is.EqualTo(new long[] { 12 * 32, 64 * 16_384 }));
        Assert.That(report.Sorts.Select(sort => sort.Seconds), Is.All.Positive);
        Assert.That(driver.FreeMemory, Is.EqualTo(driver.Device.TotalMemory));

        string[] lines = report.ToString().Split('\n');
        Assert.That(lines.Count(line => line.StartsWith("| Deep SVDD", StringComparison.Ordinal)), Is.EqualTo(2));
        Assert.That(lines, Has.Some.StartsWith("| 16,384 | ").And.Some.EqualTo("- `a command`"));
        AssertColumnsAgree(lines);
    }

    [Test]
    public void What_fails_is_reported_and_the_rest_is_measured()
    {
        using var driver = new Cuda.MemoryDriver(1 << 16);
        var options = new GpuOptions
        {
            Only = ["svdd", "sort"], Replicas = [1], SortPowers = [4], Repetitions = 1, Seconds = 0, Python = "no-such-python",
        };
        GpuReport report = GpuCommand.Measure(driver, options, copiedBytes: 1 << 10, "a command");
        Assert.That(report.Failures, Has.Count.EqualTo(2));
        Assert.That(report.Failures[0], Does.StartWith("PyTorch: ").And.Contain("no-such-python"));
        Assert.That(report.Failures[1], Does.StartWith("Deep SVDD 36-32-16-8, b 128, R = 1: ").And.Contain("not enough free memory"));
        Assert.That(report.Sorts, Has.Count.EqualTo(1));
        Assert.That(report.IsEmpty, Is.False);
        Assert.That(report.ToString(), Does.Contain("- not measured: PyTorch: "));
    }

    [Test]
    public void Steps_stay_measured_where_the_scores_of_a_round_mean_nothing()
    {
        // A device that computes nothing has no finite score.
        using var driver = new Cuda.MemoryDriver(1 << 26);
        var options = new GpuOptions { Only = ["svdd-soft"], Replicas = [1], Repetitions = 1, Seconds = 0 };
        GpuReport report = GpuCommand.Measure(driver, options, copiedBytes: 1 << 10, "a command");
        Assert.That(report.Steps.Single().GraphStep, Is.Positive);
        Assert.That(report.Steps.Single().Round, Is.Null);
        Assert.That(report.Failures.Single(), Does.EndWith("R = 1, round: svdd-soft has scores that are not finite."));
        AssertColumnsAgree(report.ToString().Split('\n'));
    }

    [Test]
    public void Nothing_measured_is_told_apart()
    {
        using var driver = new Cuda.MemoryDriver(16);
        var options = new GpuOptions { Only = ["svdd", "sort"], Replicas = [1], SortPowers = [10], Repetitions = 1, Seconds = 0 };
        GpuReport report = GpuCommand.Measure(driver, options, copiedBytes: 1 << 10, "a command");
        Assert.That(report.Failures, Has.Count.EqualTo(3), "a model, the copy, a sort");
        Assert.That(report.IsEmpty, Is.True);
    }

    [TestCase("#!/bin/sh\nexit 0\n", Description = "writes nothing")]
    [TestCase("#!/bin/sh\nprintf '{' > \"$3\"\n", Description = "writes half an object")]
    [TestCase("#!/bin/sh\nrm \"$3\"\n", Description = "takes the file away")]
    [Platform(Exclude = "Win")]
    public void A_script_that_ends_well_without_a_result_is_a_failure_and_no_crash(string script)
    {
        string python = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid()}.sh");
        File.WriteAllText(python, script);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(python, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        using var driver = new Cuda.MemoryDriver(1 << 16);
        GpuReport report = GpuCommand.Measure(
            driver, new GpuOptions { Only = ["sort"], SortPowers = [4], Repetitions = 1, Seconds = 0, Python = python }, 1 << 10, "a command");
        File.Delete(python);
        Assert.That(report.Failures.Single(), Does.StartWith("PyTorch: "));
        Assert.That(report.Sorts, Has.Count.EqualTo(1));
    }

    [Test]
    public void Clocks_count_while_the_device_works()
    {
        using var clocks = new DeviceClocks("no such device");
        Assert.That(clocks.ToString(), Does.EndWith("not sampled at work"));
        foreach (string? line in (string?[])["0, 345, 2619", "97, 1980, 2619", "100, 1755, 2619", "60, 1965, 2600", "[N/A], 1, 1", "", null])
            clocks.Add(line);
        Assert.That(
            clocks.ToString(),
            Does.EndWith("at work 1755/1965/1980 MHz, memory 2600/2619/2619 MHz (lowest/median/highest of 3 samples)"));
    }

    [Test]
    public void Pytorch_stands_beside_ours()
    {
        const string Measured = """
            {"versions": "Python 3, PyTorch 2", "steps": [
              {"name": "ae", "variant": "eager", "replicas": 1, "seconds": 0.0004, "error": null},
              {"name": "ae", "variant": "compile", "replicas": 1, "seconds": null, "error": "no compiler"},
              {"name": "ae", "variant": "graph", "replicas": 1, "seconds": 0.0002, "error": null},
              {"name": "ae", "variant": "eager", "replicas": 10, "seconds": 0.0036, "error": null}],
             "rounds": [
              {"name": "ae", "replicas": 1, "seconds": 0.0075, "error": null},
              {"name": "ae", "replicas": 10, "seconds": null, "error": "no room"}],
             "sorts": [{"length": 1024, "seconds": 0.00002}]}
            """;
        PyTorchPeers peers = JsonSerializer.Deserialize(Measured, PeersJson.Default.PyTorchPeers)!;
        GpuWorkload ae = GpuWorkloads.All.Single(workload => workload.Name == "ae");
        var report = new GpuReport(
            ["a device"], "a command", [new TrainingMeasurement(ae, 1, 0.0001, 0.0003, 0.005), new TrainingMeasurement(ae, 10, 0.00012, 0.0004, 0.006)],
            [new SortMeasurement(1024, 0.00001)], 1e12, peers, []);
        string[] lines = report.ToString().Split('\n');
        Assert.That(lines, Has.Member("| autoencoder 36-32-16-8, b 128 | 10 | 120.0 | 400.0 | 3.33 | 12.0 | 1.20 | 6000.0 |"));
        Assert.That(lines, Has.Member("| autoencoder 36-32-16-8, b 128 | 1 | 100.0 | 400.0 |  | 200.0 | 4.00 | 2.00 | 5000.0 | 7500.0 | 1.50 |"));
        Assert.That(lines, Has.Member("| autoencoder 36-32-16-8, b 128 | 10 | 120.0 | 3600.0 |  |  | 30.00 | 30.00 | 6000.0 |  |  |"));
        Assert.That(lines, Has.Member("- ae, compile, R = 1: no compiler"));
        Assert.That(lines, Has.Member("- ae, round, R = 10: no room"));
        Assert.That(lines, Has.Some.Match(@"^\| 1,024 \| 10\.0 \| 102 \| 0 ?% \| 51 \| 2\.00 \|$"));
        AssertColumnsAgree(lines);
    }

    [Test]
    public void The_script_knows_the_same_models()
    {
        string script = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "pytorch", "peers.py"));
        (string, int, int, int)[] models =
        [
            .. Regex.Matches(script, """^    "([\w-]+)": \(lambda: .*, (\d+), (\d+), (\d+)\),$""", RegexOptions.Multiline).Select(match =>
                (match.Groups[1].Value, int.Parse(match.Groups[2].Value), int.Parse(match.Groups[3].Value), int.Parse(match.Groups[4].Value))),
        ];
        Assert.That(models, Is.EqualTo(GpuWorkloads.All.Select(ours => (ours.Name, ours.Rows, ours.Features, ours.BatchSize))));
    }

    [TestCase("--replicas", "0", "'0' is no number from 1 to 65535.")]
    [TestCase("--sort", "10,31", "'31' is no number from 0 to 29.")]
    [TestCase("--only", "svd", "There is no svd to measure. There are svdd, svdd-soft, ae, ")]
    [TestCase("--nothing", "1", "There is no option --nothing.")]
    public void Wrong_arguments_are_named(string name, string value, string message) =>
        Assert.That(() => GpuOptions.Parse([name, value]), Throws.TypeOf<FormatException>().With.Message.StartsWith(message));

    // Every row of a table has as many cells as its head.
    private static void AssertColumnsAgree(string[] lines)
    {
        int columns = 0;
        foreach (string line in lines)
        {
            int own = line.StartsWith('|') ? line.Count(c => c == '|') : 0;
            if (own > 0 && columns > 0) Assert.That(own, Is.EqualTo(columns), line);
            columns = own;
        }
    }
}
