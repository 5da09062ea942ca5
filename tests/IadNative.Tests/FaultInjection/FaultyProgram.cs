using System.Diagnostics;
using System.Globalization;
using IadNative.Tests.Cli;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.FaultInjection;

/// <summary>
/// A program of this repository in a process whose calls on files and outputs fail where they are told to: the library of
/// tests/FaultInjection stands in front of the C library. One process runs many commands, by <see cref="StartupHook"/>.
/// </summary>
internal sealed class FaultyProgram : IDisposable
{
    /// <summary>Names the library for the child process.</summary>
    public const string Variable = "IAD_FAULT_LIBRARY";

    /// <summary>Between the words of a request and of an answer.</summary>
    public const char Separator = '\u001f';

    /// <summary>The exit code of a process that was aborted.</summary>
    public const int Crashed = 134;

    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(1);

    private readonly DirectoryInfo _outputs = Directory.CreateTempSubdirectory("iad-faults-");
    private readonly Process _process;

    /// <summary>Starts the process, or skips the test where there is no Linux or no compiler.</summary>
    public FaultyProgram(string program)
    {
        ProcessStartInfo start = StartInfo(program, []);
        start.RedirectStandardInput = true;
        start.Environment["DOTNET_STARTUP_HOOKS"] = typeof(FaultyProgram).Assembly.Location;
        start.Environment[Variable] = Library();
        _process = Process.Start(start)!;
    }

    /// <summary>Runs a command under the n-th fault.</summary>
    /// <param name="fault">The kind of fault.</param>
    /// <param name="n">Which of the calls that it could come from fails; 0 for none.</param>
    /// <param name="folder">The folder whose files are concerned, beside the outputs.</param>
    /// <param name="args">The command's arguments.</param>
    public FaultedRun Run(Fault fault, long n, string folder, params string[] args)
    {
        string output = Path.Combine(_outputs.FullName, "out"), error = Path.Combine(_outputs.FullName, "err");
        string[] words = [folder, Text(n), Text(fault.Number), Text((int)fault.Mode), output, error, .. args];
        _process.StandardInput.WriteLine(string.Join(Separator, words));
        _process.StandardInput.Flush();
        Task<string?> answer = _process.StandardOutput.ReadLineAsync();
        if (!answer.Wait(s_longest))
        {
            _process.Kill();
            throw new TimeoutException($"Fault {n}, {fault}: the command hangs. It wrote: {File.ReadAllText(error)}");
        }

        if (answer.Result is not { } line)
        {
            _process.WaitForExit();
            throw new InvalidOperationException($"Fault {n}, {fault}: the process ended with {_process.ExitCode}: "
                + File.ReadAllText(error) + _process.StandardError.ReadToEnd());
        }

        string[] parts = line.Split(Separator);
        return new FaultedRun((int)Number(parts[0]), File.ReadAllText(output), File.ReadAllText(error), Number(parts[1]), parts[2], parts[3]);
    }

    /// <summary>Runs a command under the n-th fault in a process of its own.</summary>
    public static FaultedRun RunAlone(string program, Fault fault, long n, string folder, params string[] args)
    {
        string log = Path.GetTempFileName();
        ProcessStartInfo start = StartInfo(program, args);
        start.Environment["IAD_FAULT_FOLDER"] = folder;
        start.Environment["IAD_FAULT_AT"] = Text(n);
        start.Environment["IAD_FAULT_ERROR"] = Text(fault.Number);
        start.Environment["IAD_FAULT_MODE"] = Text((int)fault.Mode);
        start.Environment["IAD_FAULT_LOG"] = log;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(s_longest))
        {
            process.Kill();
            throw new TimeoutException($"Fault {n}, {fault}: the process hangs. It wrote: {error.Result}");
        }

        string[] lines = File.ReadAllLines(log);
        File.Delete(log);
        return lines.Length == 3
            ? new FaultedRun(process.ExitCode, output.Result, error.Result, Number(lines[0]), lines[1], lines[2])
            : throw new InvalidOperationException($"Fault {n}, {fault}: the process ended with {process.ExitCode}: {error.Result}");
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(s_longest)) _process.Kill();
        _process.Dispose();
        _outputs.Delete(recursive: true);
    }

    private static ProcessStartInfo StartInfo(string program, string[] args)
    {
        string[] command = ProgramProcess.Command(program, args);
        return new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            Environment = { ["LD_PRELOAD"] = Library(), ["DOTNET_TieredPGO"] = "0" },
        };
    }

    private static string Library()
    {
        if (!OperatingSystem.IsLinux()) Assert.Ignore("Faults are injected on Linux only.");
        string source = CCompiler.Source("faults.c");
        return BuildCache.GetOrAdd("faults.so", [source], path => CCompiler.BuildLibrary(source, path));
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
