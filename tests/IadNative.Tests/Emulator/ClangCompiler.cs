using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace IadNative.Tests.Emulator;

/// <summary>
/// A clang for C++ that can build the emulator and compile kernels to PTX: version 17 or newer, with the NVPTX backend that
/// all packaged clangs have. Other compilers cannot: g++ drops the section of a static variable inside a template.
/// </summary>
internal sealed partial class ClangCompiler
{
    private const int OldestVersion = 17;

    private static readonly Lazy<(ClangCompiler? Compiler, string Reason)> Search = new(FindOnPath);

    private readonly string path;

    private ClangCompiler(string path, string version)
    {
        this.path = path;
        Version = version;
    }

    /// <summary>The compiler of this machine.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static ClangCompiler Instance =>
        Search.Value.Compiler ?? throw new InvalidOperationException(Search.Value.Reason);

    /// <summary>Why there is no compiler, or null where there is one.</summary>
    public static string? Missing => Search.Value.Compiler is null ? Search.Value.Reason : null;

    /// <summary>The first line of <c>--version</c>.</summary>
    public string Version { get; }

    /// <summary>Ignores the tests of a fixture where there is no compiler. For OneTimeSetUp.</summary>
    public static void IgnoreIfMissing()
    {
        if (Missing is { } reason)
            Assert.Ignore(reason);
    }

    /// <summary>Runs the compiler.</summary>
    /// <returns>Its exit code and what it printed.</returns>
    public (int ExitCode, string Output) Run(params IEnumerable<string> arguments) => Run(path, arguments);

    /// <summary>Runs the compiler and throws where it fails.</summary>
    public string RunOrThrow(params IEnumerable<string> arguments)
    {
        var (exitCode, output) = Run(arguments);
        return exitCode == 0 ? output : throw new InvalidOperationException(
            $"{path} {string.Join(' ', arguments)} failed with {exitCode}:{Environment.NewLine}{output}");
    }

    /// <summary>Where a tool of the same LLVM lies, or null.</summary>
    public string? ToolPath(string name)
    {
        string tool = RunOrThrow($"-print-prog-name={name}").Trim();
        return File.Exists(tool) ? tool : null;
    }

    /// <summary>Runs a program to its end.</summary>
    public static (int ExitCode, string Output) Run(string program, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = System.Text.Encoding.UTF8,
            Environment = { ["LC_ALL"] = "C" },
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }

    private static (ClangCompiler?, string) FindOnPath()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
            return (null, "The CUDA emulator runs on Linux with an x86-64 processor only.");
        string[] names = ["clang++-19", "clang++-21", "clang++-20", "clang++-18", "clang++-17", "clang++"];
        string[] folders = [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Where(Path.IsPathFullyQualified)];
        foreach (string path in names.SelectMany(name => folders.Select(folder => Path.Combine(folder, name))))
        {
            if (!File.Exists(path))
                continue;
            string version = Run(path, "--version").Output.Split('\n')[0];
            Match number = VersionNumber().Match(version);
            if (number.Success && int.Parse(number.Groups[1].Value, CultureInfo.InvariantCulture) >= OldestVersion)
                return (new ClangCompiler(path, version), "");
        }
        return (null, $"No clang {OldestVersion} or newer is on the PATH, tried {string.Join(", ", names)}. "
            + "On Debian: apt-get install clang-19 llvm-19.");
    }

    [GeneratedRegex(@"clang version (\d+)\.")]
    private static partial Regex VersionNumber();
}
