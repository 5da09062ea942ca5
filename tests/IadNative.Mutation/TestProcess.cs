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
        var start = new ProcessStartInfo("dotnet", [.. Command(folder), TestWorker.Command, Path.Combine(folder, $"{Suite}.dll")])
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

    /// <summary>What <c>dotnet</c> is told to run this program with in a folder of tests, which has all that both need.</summary>
    public static string[] Command(string folder) =>
    [
        "exec", "--depsfile", Path.Combine(folder, $"{Suite}.deps.json"),
        "--runtimeconfig", Path.Combine(folder, $"{Suite}.runtimeconfig.json"), Path.Combine(folder, "IadNative.Mutation.dll"),
    ];

    /// <summary>Runs all quick tests, with no mutant on.</summary>
    public IReadOnlyList<TestRecord> Cover(int mutants)
    {
        string records = Path.Combine(_folder, "cover.jsonl");
        (Outcome Outcome, string Reason)? verdict = Ask($"cover {mutants} {records}");
        if (verdict is not { Outcome: Outcome.Survived })
            throw new InvalidOperationException($"The tests could not be run without a mutant: {verdict?.Reason}");
        return [.. File.ReadLines(records).Select(line => JsonSerializer.Deserialize<TestRecord>(line)!)];
    }

    /// <summary>Runs tests with a mutant on, until one fails.</summary>
    /// <param name="mutant">Its number.</param>
    /// <param name="tests">The tests.</param>
    /// <param name="isOnly">Whether the process has had no other mutant.</param>
    /// <returns>What they said; null where one fails that does not fail again, or fails without the mutant too.</returns>
    public (Outcome Outcome, string Reason)? Try(int mutant, IReadOnlyList<TestRecord> tests, bool isOnly)
    {
        string list = Path.Combine(_temporary, $"tests-{mutant}.jsonl");
        File.WriteAllLines(list, tests.Select(test => JsonSerializer.Serialize(test with { Reached = [] })));
        return Ask($"{(isOnly ? "once" : "try")} {mutant} {list}");
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

    private (Outcome Outcome, string Reason)? Ask(string request)
    {
        _process.StandardInput.WriteLine(request);
        _process.StandardInput.Flush();
        string? answer = ReadAnswer();
        if (answer is null)
        {
            _process.WaitForExit();
            return (Outcome.Killed, $"the process ended with {_process.ExitCode}");
        }

        return answer.Split(' ', 2) switch
        {
            [TestWorker.Passed, var count] => (Outcome.Survived, count),
            [TestWorker.Failed, var test] => (Outcome.Killed, test),
            [TestWorker.Endless, ..] => (Outcome.TimedOut, "a time limit"),
            _ => null,
        };
    }

    // Tests write lines of their own.
    private string? ReadAnswer()
    {
        while (true)
        {
            string? line = _process.StandardOutput.ReadLine();
            if (line is null) return null;
            int start = line.IndexOf(TestWorker.Answer, StringComparison.Ordinal);
            if (start >= 0) return line[(start + TestWorker.Answer.Length)..];
        }
    }
}
