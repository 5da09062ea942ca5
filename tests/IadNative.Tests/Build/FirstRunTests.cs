using System.Diagnostics;
using System.Runtime.Versioning;
using IadNative.Tests.Cli;

namespace IadNative.Tests.Build;

/// <summary>The script of the first runs on a machine with a GPU, with programs in the place of those that it starts.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class FirstRunTests
{
    private static readonly string[] s_programs = ["iad", "IadNative.Tests", "IadNative.Bench.Gpu", "compute-sanitizer", "ncu", "nvidia-smi"];

    private TestFolder _folder = null!;

    [SetUp]
    public void MakeFolder()
    {
        if (OperatingSystem.IsWindows() || !File.Exists("/bin/bash")) Assert.Ignore("There is no bash.");
        _folder = new TestFolder();
        foreach (string file in new[] { "first.sh", "compare.py" })
            File.Copy(Path.Combine(TestContext.CurrentContext.TestDirectory, "gpu", file), _folder.File(file));
        foreach (string program in s_programs) Write(program, "echo \"$(basename \"$0\") $*\"");
    }

    [TearDown]
    public void DeleteFolder() => _folder?.Dispose();

    [TestCase("1", "info", "smoke", "fit-cpu", "fit-cuda", "quick", "tests", "memcheck")]
    [TestCase("2", "benchmark")]
    [TestCase("3", "racecheck", "initcheck", "counters")]
    [TestCase("4", "lab", "lab-counters")]
    public void Every_step_of_a_phase_runs_and_leaves_its_log(string phase, params string[] steps)
    {
        // There is nothing to compare where no fit has run.
        Write("python3", "exit 0");
        (int code, string output) = Run(phase, _folder.File("out"));
        Assert.That(code, Is.Zero, output);
        foreach (string step in steps)
        {
            Assert.That(output, Does.Match($"(?m)^== {step}: passed, \\d+ s$"));
            Assert.That(File.ReadAllText(_folder.File($"out/{step}.log")), Does.Match("^(iad|IadNative.Tests|IadNative.Bench.Gpu|compute-sanitizer|ncu) "));
        }

        Assert.That(output, Does.Contain($"== phase {phase}: 0 failed"));
    }

    [Test]
    public void A_step_that_fails_is_counted_and_the_others_run()
    {
        Write("python3", "exit 0");
        Write("IadNative.Tests", "echo 3 tests failed; exit 1");
        (int code, string output) = Run("1", _folder.File("out"));
        Assert.That(code, Is.EqualTo(2));
        Assert.That(output, Does.Contain("== smoke: FAILED (1)").And.Contain("== tests: FAILED (1)").And.Contain("3 tests failed")
            .And.Contain("== memcheck: passed").And.Contain("== phase 1: 2 failed"));
    }

    [Test]
    public void What_is_missing_is_named_and_left_out()
    {
        foreach (string program in new[] { "compute-sanitizer", "ncu" }) File.Delete(_folder.File(program));
        (int code, string output) = Run("3", _folder.File("out"));
        Assert.That(code, Is.Zero, output);
        Assert.That(output, Does.Contain("== racecheck and initcheck: left out").And.Contain("== counters: left out"));
    }

    [Test]
    public void Without_a_phase_the_script_says_what_it_is_for()
    {
        (int code, string output) = Run();
        Assert.That(code, Is.EqualTo(2));
        Assert.That(output, Does.StartWith("The first runs on a machine with an NVIDIA GPU").And.Contain("first.sh 4 [OUT]").And.Contain("Logs and results"));
        Assert.That(output, Does.Not.Contain("set -"));
    }

    [TestCase("0.80", "CUDA, Some GPU", 0)]
    [TestCase("0.815", "CUDA, Some GPU", 0)]
    [TestCase("0.83", "CUDA, Some GPU", 1)]
    [TestCase("NaN", "CUDA, Some GPU", 1)]
    [TestCase("0.80", "CPU, 256-bit vectors", 1)]
    public void Fits_are_compared_by_their_aucs_and_must_have_run_on_both(string auc, string device, int expected)
    {
        string python = Executable("python3") ?? "";
        if (python.Length == 0) Assert.Ignore("There is no python3.");
        string cpu = Fit("cpu", "0.80", "CPU, 256-bit vectors"), cuda = Fit("cuda", auc, device);
        using Process process = Start(python, _folder.File("compare.py"), cpu, cuda);
        string output = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.EqualTo(expected), output);
        Assert.That(output, Does.Contain("iadBest: 0.8000 on the CPU"));

        string Fit(string name, string value, string device)
        {
            string file = _folder.File(name + ".json");
            string each = $$"""{ "auc": { "values": [{{value}}, {{value}}] } }""";
            File.WriteAllText(file, $$"""{ "device": "{{device}}", "base": {{each}}, "iad": {{each}}, "iadBest": {{each}} }""");
            return file;
        }
    }

    private (int Code, string Output) Run(params string[] args)
    {
        using Process process = Start("/bin/bash", [_folder.File("first.sh"), .. args]);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd() + errors.GetAwaiter().GetResult();
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    // The folder stands before the machine's own programs, of which only the shell's are left.
    private Process Start(string program, params string[] args)
    {
        var start = new ProcessStartInfo(program, args)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetDirectoryName(_folder.File("first.sh"))!,
        };
        start.Environment["PATH"] = $"{start.WorkingDirectory}:/usr/bin:/bin";
        return Process.Start(start)!;
    }

    private void Write(string program, string body)
    {
        string file = _folder.File(program);
        File.WriteAllText(file, $"#!/bin/sh\n{body}\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static string? Executable(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
}
