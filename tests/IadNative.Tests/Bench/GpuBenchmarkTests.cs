using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using IadNative.Bench.Gpu;
using IadNative.Bench.Versus;
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
        Assert.That(saved, Has.Count.EqualTo(6), "at the start, after two models, a copy and two sorts");
        Assert.That(saved.Select(part => part.Missing.Count), Is.EqualTo(new[] { 5, 4, 3, 2, 1, 0 }));
        Assert.That(saved[^1].ToString(), Is.EqualTo(report.ToString()));
        Assert.That(report.Steps.Select(step => (step.Workload.Name, step.Replicas)), Is.EqualTo(new[] { ("svdd", 1), ("svdd", 2) }));
        Assert.That(
            report.Steps.SelectMany(step => new[] { step.FusedStep!.Value, step.GraphStep, step.PlainStep, step.Round!.Value }), Is.All.Positive.And.All.LessThan(100));
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
        Assert.That(report.Failures[0], Does.StartWith("Deep SVDD 36-32-16-8, b 128, R = 1: ").And.Contain("not enough free memory"));
        Assert.That(report.Failures[1], Does.StartWith("PyTorch: ").And.Contain("no-such-python"));
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
        GpuReport report = MeasureBeside(script, new GpuOptions());
        Assert.That(report.Failures.Single(), Does.StartWith("PyTorch: "));
        Assert.That(report.Sorts, Has.Count.EqualTo(1));
        Assert.That(report.Peers, Is.Null);
    }

    [Test, Platform(Exclude = "Win")]
    public void Ours_are_measured_first_and_every_result_of_pytorch_is_saved_while_it_runs()
    {
        var saved = new List<GpuReport>();
        GpuReport report = MeasureBeside(
            $"{Write(1, "b", "c")}sleep 2\n{Write(2, "c")}sleep 2\n{Write(3)}", new GpuOptions { Variants = ["eager", "graph"] }, saved.Add);
        Assert.That(report.Failures, Is.Empty);
        Assert.That(saved.Where(part => part.Peers is not null).Select(part => part.Sorts.Count), Is.All.EqualTo(1), "ours are there");
        int[] counts = [.. saved.Select(part => part.Peers?.Steps.Count ?? 0)];
        Assert.That(counts[..3], Is.All.Zero, "at the start, after the copy and the sort");
        Assert.That(counts, Is.Ordered.And.Some.InRange(1, 2), "while the script runs");
        Assert.That(counts[^1], Is.EqualTo(3));
        Assert.That(report.Peers!.Missing, Is.Empty);
    }

    [Test, Platform(Exclude = "Win")]
    public void What_pytorch_measured_before_it_broke_is_kept()
    {
        GpuReport report = MeasureBeside($"{Write(2, "ae, graph, sequential, R = 1")}exit 9\n", new GpuOptions());
        Assert.That(report.Failures.Single(), Does.StartWith("PyTorch: ").And.EndWith("ended with 9."));
        Assert.That(report.Peers!.Steps, Has.Count.EqualTo(2));
        Assert.That(report.ToString().Split('\n'), Has.Member("- left out: PyTorch, ae, graph, sequential, R = 1"));
    }

    [Test, Platform(Exclude = "Win")]
    public void A_script_that_works_on_when_the_time_is_used_is_ended_and_its_results_are_kept()
    {
        var clock = new ManualClock();
        long start = Stopwatch.GetTimestamp();
        GpuReport report = MeasureBeside(
            $"{Write(1, "the rest")}exec sleep 300\n", new GpuOptions { SecondsLimit = 100, GraceSeconds = 10, Clock = clock },
            soFar => clock.Seconds = soFar.Peers is null ? 0 : 111);
        Assert.That(Stopwatch.GetElapsedTime(start).TotalSeconds, Is.LessThan(100));
        Assert.That(report.Failures, Is.Empty);
        Assert.That(report.Peers!.Steps, Has.Count.EqualTo(1));
        Assert.That(report.Peers!.Missing, Is.EqualTo(new[] { "the rest" }));
    }

    [Test, Platform(Exclude = "Win")]
    public void The_script_is_told_what_to_measure()
    {
        GpuReport report = MeasureBeside(
            "shift; shift; shift; echo \"$@\" >&2; [ \"$*\" = \"--device 3 --repetitions 1 --replicas 1,2 --sort 4 --variants eager,graph --only sort\" ]"
            + $" || exit 5\n{Write(1)}",
            new GpuOptions { Device = 3, Replicas = [1, 2], Variants = ["eager", "graph"] });
        Assert.That(report.Failures, Is.Empty);
    }

    [Test]
    public void Nothing_is_begun_when_the_time_is_used_and_what_is_left_out_is_named()
    {
        using var driver = new Cuda.MemoryDriver(1 << 16);
        var clock = new ManualClock();
        var options = new GpuOptions
        {
            Only = ["sort"], SortPowers = [4, 5], Repetitions = 1, Seconds = 0, Python = "no-such-python", SecondsLimit = 2, Clock = clock,
        };
        GpuReport report = GpuCommand.Measure(
            driver, options, 1 << 10, "a command", soFar => clock.Seconds = soFar.Sorts.Count == 0 ? 1.9 : 2);
        Assert.That(report.Sorts.Single().Length, Is.EqualTo(16));
        Assert.That(report.Missing, Is.EqualTo(new[] { "sort, n = 2^5", "PyTorch" }));
        Assert.That(report.Failures, Is.Empty);
        Assert.That(report.ToString().Split('\n'), Has.Member("- left out: sort, n = 2^5").And.Member("- left out: PyTorch"));
    }

    [Test]
    public void A_file_of_results_is_shown_as_the_run_showed_them()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("iad-gpu-");
        string json = Path.Combine(folder.FullName, "gpu.json"), page = Path.Combine(folder.FullName, "gpu.md");
        try
        {
            GpuReport report = Sample() with { Missing = ["sort, n = 2^12"], Environment = ["CUDA_LAUNCH_BLOCKING=1 changes times"] };
            File.WriteAllText(json, JsonSerializer.Serialize(report, GpuJson.Default.GpuReport));
            Assert.That(GpuReport.Read(json).ToString(), Is.EqualTo(report.ToString()));
            Assert.That(GpuCommand.Run(["--show", json, "--out", page]), Is.Zero);
            Assert.That(File.ReadAllText(page), Is.EqualTo(report.ToString()));
            Assert.That(Directory.GetFiles(folder.FullName), Has.Length.EqualTo(2), "no unfinished file is left");

            // What was measured before anything of ours, or of PyTorch alone.
            GpuReport alone = report with { Steps = [], Sorts = [], Bandwidth = null };
            File.WriteAllText(json, JsonSerializer.Serialize(alone, GpuJson.Default.GpuReport));
            string[] lines = GpuReport.Read(json).ToString().Split('\n');
            Assert.That(lines, Has.Member("| autoencoder 36-32-16-8, b 128 | 1 |  | 400.0 (312) |  | 200.0 |  |  |  |  |  |"));
            Assert.That(lines, Has.Member("| 1,024 |  |  |  | 51 |  |"));
            AssertColumnsAgree(lines);
            Assert.That(GpuCommand.Run(["--show", json, "--out", page]), Is.EqualTo(1), "nothing of this engine");

            File.WriteAllText(json, """{"machine": []}""");
            Assert.That(() => GpuReport.Read(json), Throws.InstanceOf<JsonException>());
            Assert.That(GpuCommand.Run(["--show", json]), Is.EqualTo(1));
            Assert.That(GpuCommand.Run(["--show", json + "-not-there"]), Is.EqualTo(1));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Test]
    public void Variables_that_change_arithmetic_are_named_with_their_values()
    {
        IReadOnlyList<string> lines = ArithmeticVariables.Describe(
            name => name switch { "NVIDIA_TF32_OVERRIDE" => "0", "CUDA_LAUNCH_BLOCKING" => "1", "CUBLAS_WORKSPACE_CONFIG" => "", _ => null });
        Assert.That(lines, Has.Count.EqualTo(2));
        Assert.That(lines[0], Does.StartWith("NVIDIA_TF32_OVERRIDE=0 changes arithmetic: "));
        Assert.That(lines[1], Does.StartWith("CUDA_LAUNCH_BLOCKING=1 changes times: "));
        Assert.That(ArithmeticVariables.Describe(_ => "x").Select(line => line.Split('=')[0]), Is.SupersetOf(
            new[] { "NVIDIA_TF32_OVERRIDE", "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE", "CUBLAS_WORKSPACE_CONFIG", "CUDA_LAUNCH_BLOCKING" }).And.Unique);
        string text = (Sample() with { Environment = lines }).ToString();
        Assert.That(text, Does.Contain("- **environment: CUDA_LAUNCH_BLOCKING=1 changes times: "));
        Assert.That(Sample().ToString(), Does.Contain("- no environment variable is set that changes arithmetic or times\n"));
    }

    [Test]
    public void Pythons_file_is_whole_after_every_measurement_and_names_what_is_missing()
    {
        const string Program = """
            import json, sys
            sys.path.insert(0, sys.argv[1])
            from results import Results, measured
            def broken(): raise ValueError("no room\nfor more")
            def read(): return json.load(open(sys.argv[2]))
            seen, now = [], [0]
            def measure(entry):
                seen.append((len(read()["steps"]), read()["missing"]))
                now[0] += 10
                return entry
            results = Results(sys.argv[2], {"versions": "some"}, 15, clock=lambda: now[0])
            results.add("a", "steps", lambda: measure({"name": "a", **measured("seconds", lambda: 1)}))
            results.add("b", "steps", lambda: measure({"name": "b", **measured("seconds", broken)}))
            results.add("c", "sorts", lambda: measure({}))
            results.take()
            assert seen == [(0, ["a", "b", "c"]), (1, ["b", "c"])], seen
            assert read() == {"versions": "some", "rounds": [], "sorts": [], "kernels": [], "missing": ["c"], "steps": [
                {"name": "a", "seconds": 1, "error": None}, {"name": "b", "seconds": None, "error": "no room"}]}, read()
            """;
        DirectoryInfo folder = Directory.CreateTempSubdirectory("iad-gpu-");
        string file = Path.Combine(folder.FullName, "peers.json");
        (int code, string errors) = Python("-B", "-c", Program, Path.Combine(AppContext.BaseDirectory, "pytorch"), file);
        string[] left = Directory.GetFiles(folder.FullName);
        folder.Delete(recursive: true);
        Assert.That(code, Is.Zero, errors);
        Assert.That(left, Is.EqualTo(new[] { file }));
    }

    [Test]
    public void Batched_modules_of_pytorch_train_as_sequential_ones_do()
    {
        if (Python("-c", "import torch; torch.func.vmap").Code != 0) Assert.Ignore("There is no PyTorch 2 for python3.");
        (int code, string errors) = Python(
            "-B", Path.Combine(AppContext.BaseDirectory, "pytorch", "peers.py"), "--check", "--only", "svdd-soft,ae,maf36");
        Assert.That(code, Is.Zero, errors);
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
        string[] lines = Sample().ToString().Split('\n');
        Assert.That(lines, Has.Member("| autoencoder 36-32-16-8, b 128 | 10 | 120.0 | 180.0 | 400.0 | 1.50 | 2.22 | 12.0 | 1.20 | 6000.0 |"));
        Assert.That(lines, Has.Member("| autoencoder 36-32-16-8, b 128 | 1 | 100.0 | 400.0 (312) |  | 200.0 |  |  |  | 4.00 | 2.00 |"));
        Assert.That(lines, Has.Member("| autoencoder 36-32-16-8, b 128 | 10 | 120.0 | 3600.0 (2870.5) |  |  | 600.0 (330) |  | 240.0 | 30.00 | 2.00 |"));
        Assert.That(lines, Has.Member("| autoencoder 36-32-16-8, b 128 | 1 | 5000.0 | 7500.0 |  | 1.50 |"));
        Assert.That(lines, Has.Member("| autoencoder 36-32-16-8, b 128 | 10 | 6000.0 |  | 9000.0 | 1.50 |"));
        Assert.That(lines, Has.Member("- ae, compile, sequential, R = 1: no compiler"));
        Assert.That(lines, Has.Member("- kernels of ae, graph, sequential, R = 1: no profiler"));
        Assert.That(lines, Has.Member("- ae, round, sequential, R = 10: no room"));
        Assert.That(lines, Has.Member("- torch.sort, n = 4,096: no memory"));
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
    [TestCase("--variants", "eager,fast", "PyTorch has no variant fast. There are eager, compile, graph.")]
    [TestCase("--seconds-limit", "0", "'0' is no number from 1 to 1000000.")]
    [TestCase("--nothing", "1", "There is no option --nothing.")]
    public void Wrong_arguments_are_named(string name, string value, string message) =>
        Assert.That(() => GpuOptions.Parse([name, value]), Throws.TypeOf<FormatException>().With.Message.StartsWith(message));

    [Test]
    public void Arguments_are_taken()
    {
        GpuOptions options = GpuOptions.Parse(["--variants", "graph,eager,graph", "--seconds-limit", "300", "--json", "gpu.json", "--out", "gpu.md"]);
        Assert.That(options.Variants, Is.EqualTo(new[] { "graph", "eager" }));
        Assert.That((options.SecondsLimit, options.Json, options.Out, options.Show), Is.EqualTo(((double?)300, "gpu.json", "gpu.md", (string?)null)));
        Assert.That(new GpuOptions().Variants, Is.EqualTo(new[] { "eager", "compile", "graph" }));
        Assert.That(new GpuOptions().SecondsLimit, Is.Null);
    }

    private static GpuReport Sample()
    {
        const string Measured = """
            {"versions": "Python 3, PyTorch 2", "missing": [], "steps": [
              {"name": "ae", "variant": "eager", "modules": "sequential", "replicas": 1, "seconds": 0.0004, "error": null},
              {"name": "ae", "variant": "compile", "modules": "sequential", "replicas": 1, "seconds": null, "error": "no compiler"},
              {"name": "ae", "variant": "graph", "modules": "sequential", "replicas": 1, "seconds": 0.0002, "error": null},
              {"name": "ae", "variant": "eager", "modules": "sequential", "replicas": 10, "seconds": 0.0036, "error": null},
              {"name": "ae", "variant": "eager", "modules": "batched", "replicas": 10, "seconds": 0.0006, "error": null},
              {"name": "ae", "variant": "graph", "modules": "batched", "replicas": 10, "seconds": 0.00024, "error": null}],
             "rounds": [
              {"name": "ae", "modules": "sequential", "replicas": 1, "seconds": 0.0075, "error": null},
              {"name": "ae", "modules": "sequential", "replicas": 10, "seconds": null, "error": "no room"},
              {"name": "ae", "modules": "batched", "replicas": 10, "seconds": 0.009, "error": null}],
             "sorts": [{"length": 1024, "seconds": 0.00002, "error": null}, {"length": 4096, "seconds": null, "error": "no memory"}],
             "kernels": [
              {"name": "ae", "variant": "eager", "modules": "sequential", "replicas": 1, "count": 312.0, "error": null},
              {"name": "ae", "variant": "graph", "modules": "sequential", "replicas": 1, "count": null, "error": "no profiler"},
              {"name": "ae", "variant": "eager", "modules": "sequential", "replicas": 10, "count": 2870.5, "error": null},
              {"name": "ae", "variant": "eager", "modules": "batched", "replicas": 10, "count": 330, "error": null}]}
            """;
        PyTorchPeers peers = JsonSerializer.Deserialize(Measured, GpuJson.Default.PyTorchPeers)!;
        GpuWorkload ae = GpuWorkloads.All.Single(workload => workload.Name == "ae");
        return new GpuReport(
            ["a device"], [], "a command",
            [new TrainingMeasurement(ae, 1, null, 0.0001, 0.0003, 0.005), new TrainingMeasurement(ae, 10, 0.00012, 0.00018, 0.0004, 0.006)],
            [new SortMeasurement(1024, 0.00001)], 1e12, peers, [], []);
    }

    // Lines of a shell script that write so many steps, and what is missing, to the file that it is given.
    private static string Write(int steps, params string[] missing)
    {
        const string Step = """{"name": "ae", "variant": "eager", "modules": "sequential", "replicas": 1, "seconds": 0.5, "error": null}""";
        string names = string.Join(", ", missing.Select(name => $"\"{name}\""));
        return $$"""
            cat > "$out.part" <<'END'
            {"versions": "Python 3", "steps": [{{string.Join(", ", Enumerable.Repeat(Step, steps))}}], "rounds": [], "sorts": [], "kernels": [], "missing": [{{names}}]}
            END
            mv "$out.part" "$out"

            """;
    }

    // Sorts on a device that computes nothing, with a shell script in the place of Python; its $out is the file to write.
    private static GpuReport MeasureBeside(string script, GpuOptions options, Action<GpuReport>? save = null)
    {
        string python = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid()}.sh");
        File.WriteAllText(python, script.StartsWith('#') ? script : $"#!/bin/sh\nout=$3\n{script}");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(python, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        try
        {
            using var driver = new Cuda.MemoryDriver(1 << 16);
            return GpuCommand.Measure(
                driver, options with { Only = ["sort"], SortPowers = [4], Repetitions = 1, Seconds = 0, Python = python },
                1 << 10, "a command", save);
        }
        finally
        {
            File.Delete(python);
        }
    }

    private static (int Code, string Errors) Python(params string[] arguments)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(Shell.Find("python3"), arguments) { RedirectStandardError = true })!;
            string errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, errors);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Ignore("There is no python3.");
            throw;
        }
    }

    private sealed class ManualClock : TimeProvider
    {
        public double Seconds { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => TimeSpan.FromSeconds(Seconds).Ticks;
    }

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
