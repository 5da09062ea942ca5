namespace IadNative.Tests.Emulator;

/// <summary>Which sources differ from the branch main.</summary>
internal static class ChangedSources
{
    /// <summary>Set to <c>all</c>, everything counts as changed.</summary>
    public const string Variable = "IAD_MUTANTS";

    private static readonly string[] Watched = ["kernels", "tests/CudaEmulator", "tests/IadNative.Tests/Emulator"];

    /// <summary>
    /// The names of the kernels' files that were changed since main, committed or not; null for all of them: where the
    /// emulator itself was changed, where there is no repository, or none with a branch main.
    /// </summary>
    public static IReadOnlySet<string>? SinceMain()
    {
        if (Environment.GetEnvironmentVariable(Variable) == "all")
            return null;
        try
        {
            string[] root = Git(AppContext.BaseDirectory, "rev-parse", "--show-toplevel");
            string[] start = Git(root[0], "merge-base", "HEAD", "main");
            string[] changed =
            [
                .. Git(root[0], ["diff", "--name-only", start[0], "--", .. Watched]),
                .. Git(root[0], ["ls-files", "--others", "--exclude-standard", "--", .. Watched]),
            ];
            return changed.All(path => path.StartsWith("kernels/", StringComparison.Ordinal))
                ? changed.Select(path => Path.GetFileName(path)!).ToHashSet()
                : null;
        }
        catch (Exception exception) when (exception is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    private static string[] Git(string folder, params IEnumerable<string> arguments)
    {
        var (exitCode, output) = ClangCompiler.Run("git", ["-C", folder, .. arguments]);
        return exitCode == 0
            ? output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            : throw new InvalidOperationException(output);
    }
}
