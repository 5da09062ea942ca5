using System.ComponentModel;
using System.Diagnostics;

namespace IadNative.Bench.Versus;

/// <summary>Other programs, run to their end.</summary>
internal static class Shell
{
    private const int FileNotFound = 2;

    /// <summary>Has the .NET command leave no process behind, which would disturb what is timed afterwards.</summary>
    public const string NoServers = "--disable-build-servers";

    /// <summary>
    /// The file of a program: as given where that is a path, else from the first folder on the PATH that has it. Starting a bare name would
    /// take it from the current folder first.
    /// </summary>
    /// <exception cref="Win32Exception">There is no such program, as when one is started.</exception>
    public static string Find(string program)
    {
        if (program != Path.GetFileName(program)) return Path.GetFullPath(program);
        string file = OperatingSystem.IsWindows() && !Path.HasExtension(program) ? program + ".exe" : program;
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Where(Path.IsPathFullyQualified)
            .Select(folder => Path.Combine(folder, file)).FirstOrDefault(File.Exists)
            ?? throw new Win32Exception(FileNotFound, $"There is no {file} on the PATH.");
    }

    /// <summary>Runs a program; what it prints is kept for the error message.</summary>
    /// <exception cref="InvalidOperationException">It did not end well.</exception>
    public static void Run(string program, params ReadOnlySpan<string> arguments)
    {
        var start = new ProcessStartInfo(Find(program), arguments.ToArray())
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Repository.Root,
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode == 0) return;
        throw new InvalidOperationException(
            $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{output}{errors.Result}");
    }
}
