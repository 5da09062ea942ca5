using System.Diagnostics;

namespace IadNative.Bench.Versus;

/// <summary>Other programs, run to their end.</summary>
internal static class Shell
{
    /// <summary>Has the .NET command leave no process behind, which would disturb what is timed afterwards.</summary>
    public const string NoServers = "--disable-build-servers";

    /// <summary>Runs a program; what it prints is kept for the error message.</summary>
    /// <exception cref="InvalidOperationException">It did not end well.</exception>
    public static void Run(string program, params ReadOnlySpan<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments.ToArray())
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
