using System.Diagnostics;
using System.Text.Json;

namespace IadNative.Mutation;

/// <summary>A process that runs tests, in a folder of tests whose library holds mutants.</summary>
internal sealed class TestProcess : IDisposable
{
    private const string Suite = "IadNative.Tests";

    private readonly string _folder;
    private readonly string _temporary;
    private readonly Process _process;

    /// <param name="folder">The folder.</param>
    public TestProcess(string folder)
    {
        _folder = folder;
        _temporary = Directory.CreateTempSubdirectory("iad-mutant-").FullName;
        string Beside(string name) => Path.Combine(folder, name);
        var start = new ProcessStartInfo("dotnet",
        [
            "exec", "--depsfile", Beside($"{Suite}.deps.json"), "--runtimeconfig", Beside($"{Suite}.runtimeconfig.json"),
            Beside("IadNative.Mutation.dll"), TestWorker.Command, Beside($"{Suite}.dll"),
        ])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        start.Environment["TMPDIR"] = start.Environment["TEMP"] = start.Environment["TMP"] = _temporary;
        start.Environment["DOTNET_GCHeapHardLimit"] = "0x100000000"; // 4 GB, so that no mutant takes all memory of the machine
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment.Remove("IAD_REQUIRE");
        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginErrorReadLine();
    }

    /// <summary>Runs all quick tests, with no mutant on.</summary>
    public IReadOnlyList<TestRecord> Cover(int mutants)
    {
        string records = Path.Combine(_folder, "cover.jsonl");
        (Outcome Outcome, string Reason)? verdict = Ask($"cover {mutants} {records}", TimeSpan.FromHours(1));
        if (verdict is not { Outcome: Outcome.Survived })
            throw new InvalidOperationException($"The tests could not be run without a mutant: {verdict?.Reason}");
        return [.. File.ReadLines(records).Select(line => JsonSerializer.Deserialize<TestRecord>(line)!)];
    }

    /// <summary>Runs tests with a mutant on, until one fails.</summary>
    /// <param name="mutant">Its number.</param>
    /// <param name="tests">The tests.</param>
    /// <param name="isOnly">Whether the process has had no other mutant.</param>
    /// <returns>What they said; null where one fails that also fails without the mutant, after others.</returns>
    public (Outcome Outcome, string Reason)? Try(int mutant, IReadOnlyList<TestRecord> tests, bool isOnly)
    {
        string list = Path.Combine(_temporary, $"tests-{mutant}.jsonl");
        File.WriteAllLines(list, tests.Select(test => JsonSerializer.Serialize(test with { Reached = [] })));
        return Ask($"{(isOnly ? "once" : "try")} {mutant} {list}", TimeSpan.FromSeconds(20 + (10 * tests.Sum(test => test.Seconds))));
    }

    /// <summary>Whether it can be asked again.</summary>
    public bool IsAlive => !_process.HasExited;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (IsAlive) _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_temporary, recursive: true);
    }

    // A mutant that makes a loop endless is found by the time of the processor, which others on the machine do not add to; one that
    // waits for ever by the clock.
    private (Outcome Outcome, string Reason)? Ask(string request, TimeSpan limit)
    {
        TimeSpan processor = _process.TotalProcessorTime + limit;
        var clock = Stopwatch.StartNew();
        _process.StandardInput.WriteLine(request);
        _process.StandardInput.Flush();
        Task<string?> answer = ReadAnswer();
        while (!answer.Wait(100))
        {
            if (_process.HasExited || (_process.TotalProcessorTime < processor && clock.Elapsed < 10 * limit)) continue;
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
            return (Outcome.TimedOut, "the time limit");
        }

        if (answer.Result is null)
        {
            _process.WaitForExit();
            return (Outcome.Killed, $"the process ended with {_process.ExitCode}");
        }

        return answer.Result.Split(' ', 2) switch
        {
            [TestWorker.Passed, ..] => (Outcome.Survived, ""),
            [TestWorker.Failed, var test] => (Outcome.Killed, test),
            _ => null,
        };
    }

    // Tests write lines of their own.
    private async Task<string?> ReadAnswer()
    {
        while (true)
        {
            string? line = await _process.StandardOutput.ReadLineAsync();
            if (line is null) return null;
            int start = line.IndexOf(TestWorker.Answer, StringComparison.Ordinal);
            if (start >= 0) return line[(start + TestWorker.Answer.Length)..];
        }
    }
}
