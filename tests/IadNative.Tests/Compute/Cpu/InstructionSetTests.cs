using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using IadNative.Compute.Cpu;
using IadNative.Probe;
using IadNative.Tests.Compute.Twin;

namespace IadNative.Tests.Compute.Cpu;

/// <summary>Child processes with instruction sets switched off: the engine falls back as it says, to the same results.</summary>
public sealed class InstructionSetTests
{
    private const int NaiveRuns = 8;

    private static readonly ConcurrentDictionary<ProbeProblem, (double[] Exact, float[][] Naive)> s_twins = [];

    [TestCase(null, null)]
    [TestCase("DOTNET_EnableAVX512", "256-bit vectors")]
    [TestCase("DOTNET_EnableAVX2", "128-bit vectors")]
    [TestCase("DOTNET_EnableHWIntrinsic", "scalar")]
    public void A_process_without_an_instruction_set_takes_the_next_path_to_the_same_results(string? off, string? path)
    {
        if (off is not null && RuntimeInformation.ProcessArchitecture != Architecture.X64)
            Assert.Ignore("These instruction sets belong to x64.");
        if (off == "DOTNET_EnableAVX512" && !Vector256.IsHardwareAccelerated) Assert.Ignore("This machine has no 256-bit vectors.");
        string[] lines = RunProbe(off);
        Assert.That(lines[0], Is.EqualTo(path ?? CpuDevice.InstructionSet));
        Assert.Multiple(() =>
        {
            foreach (ProbeProblem problem in ProbeProblem.All)
            {
                float[] scores = [.. lines[1..].Select(line => line.Split(' ')).Where(words => words[0] == problem.Name)
                    .Select(words => float.Parse(words[1], CultureInfo.InvariantCulture))];
                (double[] exact, float[][] naive) = s_twins.GetOrAdd(problem, Twins);
                Tolerance.Check(scores, exact, naive, problem.Name);
                if (off is null) Assert.That(scores, Is.EqualTo(problem.Scores(new CpuDevice())), $"{problem.Name}, the same path");
            }
        });
    }

    private static (double[] Exact, float[][] Naive) Twins(ProbeProblem problem)
    {
        return (Twin<double>(0), [.. Enumerable.Range(0, NaiveRuns).Select(Twin<float>)]);

        T[] Twin<T>(int order)
            where T : IFloatingPointIeee754<T> =>
            TwinRun<T>.Train(Problem.Of(problem), replica: 0, ProbeProblem.Epochs, order).Scores;
    }

    private static string[] RunProbe(string? off)
    {
        // The probe's own executable stands beside this suite, also where it is published self-contained; elsewhere it needs the
        // runtime that runs this process.
        string probe = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "IadNative.Probe.exe" : "IadNative.Probe");
        var start = new ProcessStartInfo(probe) { RedirectStandardOutput = true };
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        if (off is not null) start.Environment[off] = "0";
        using Process process = Process.Start(start) ?? throw new InvalidOperationException("The probe did not start.");
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, output);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}
