using System.Diagnostics;
using System.Globalization;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;
using IadNative.Networks;
using IadNative.Tests.Cli;

namespace IadNative.Tests.FaultInjection;

/// <summary>
/// Every allocation of loading and scoring fails once: a child process whose heap is limited, from where its runtime just starts to where
/// all fits in. The runtime's collector is the one with segments. The other, with regions, crashes by itself at limits of some
/// megabytes, also in a program that only prints its version.
/// </summary>
[Platform("Linux"), Category("Slow")]
internal sealed class HeapLimitTests
{
    private const int Columns = 48;

    [Test]
    public void Where_memory_ends_while_a_model_is_loaded_or_used_that_is_said_and_no_score_is_wrong()
    {
        using var folder = new TestFolder();
        string model = folder.File("model.iad"), data = folder.File("data.csv");
        WriteModel(model, data);
        (int code, string expected, string error) = Run(null, "score", model, data);
        Assert.That(code, Is.Zero, error);

        int least = FirstOf(limit => Run(limit, "--version").Code == 0, from: 1 << 20, step: 1 << 20);
        int enough = FirstOf(limit => Run(limit, "score", model, data).Code == 0, from: least, step: 1 << 20);
        const int steps = 48;
        int failed = 0;
        // Beyond what is enough once, a little less may do another time.
        Parallel.For(0, steps, new ParallelOptions { MaxDegreeOfParallelism = 2 }, step =>
        {
            int limit = least + (int)((enough + (1 << 20) - least) * (long)step / steps);
            (int code, string output, string error) = Run(limit, "score", model, data);
            string context = string.Create(CultureInfo.InvariantCulture, $"{limit} bytes: exit code {code}, {error}");
            Assert.That(code, Is.EqualTo(0).Or.EqualTo(1), context);
            if (code == 0)
            {
                Assert.That(output, Is.EqualTo(expected), context);
                return;
            }

            Interlocked.Increment(ref failed);
            Assert.That(error, Does.StartWith("error: ").And.Contain("out of memory"), context);
            Assert.That(expected, Does.StartWith(output), context);
        });
        TestContext.Out.WriteLine($"{failed} of {steps} limits from {least} to {enough} bytes end in a message, the others in scores.");
        Assert.That(failed, Is.InRange(steps / 2, steps - 1));
    }

    private static int FirstOf(Func<int, bool> works, int from, int step)
    {
        int limit = from;
        while (!works(limit))
        {
            limit += step;
            Assert.That(limit, Is.LessThan(1 << 30));
        }

        return limit;
    }

    private static void WriteModel(string model, string data)
    {
        var random = new System.Random(5);
        File.WriteAllLines(data, [
            string.Join(',', Enumerable.Range(0, Columns).Select(column => $"c{column}")),
            .. Enumerable.Range(0, 40).Select(_ => string.Join(',', Enumerable.Range(0, Columns)
                .Select(_ => random.NextDouble().ToString("F4", CultureInfo.InvariantCulture)))),
        ]);
        AnomalyDetector.Fit(DatasetReader.Read(data), new FitOptions
        {
            Model = BaseModel.OneClassSvdd,
            Network = new NetworkSpec(1024, 768, 32),
            Training = new TrainingOptions { Rounds = 0, Epochs = 1 },
        }).Detector.Save(model);
    }

    private static (int Code, string Out, string Err) Run(int? limit, params string[] args)
    {
        string[] command = ProgramProcess.Command("iad", args);
        ProcessStartInfo start = new(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_GCName"] = "libclrgc.so";
        if (limit is { } bytes) start.Environment["DOTNET_GCHeapHardLimit"] = bytes.ToString("x", CultureInfo.InvariantCulture);
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        Assert.That(process.WaitForExit(TimeSpan.FromMinutes(1)), Is.True, "it hangs");
        return (process.ExitCode, output, error.Result);
    }
}
