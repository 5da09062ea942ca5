namespace IadNative.Tests.Emulator;

/// <summary>Which kernels differ from the branch main.</summary>
internal static class ChangedSources
{
    private static readonly string[] s_emulator = ["tests/CudaEmulator", "tests/IadNative.Tests/s_emulator"];

    /// <summary>
    /// The names of the kernels' files that were changed since main, committed or not: all of them where the emulator itself was
    /// changed, none where there is no repository with a branch main.
    /// </summary>
    public static IReadOnlySet<string> SinceMain()
    {
        try
        {
            string root = Git(AppContext.BaseDirectory, "rev-parse", "--show-toplevel")[0];
            string start = Git(root, "merge-base", "HEAD", "main")[0];
            IEnumerable<string> changed = Changed(root, start, s_emulator).Length > 0
                ? KernelSources.KernelsAndSamples
                : Changed(root, start, "kernels");
            return changed.Select(path => Path.GetFileName(path)).ToHashSet();
        }
        catch (Exception exception) when (exception is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return new HashSet<string>();
        }
    }

    private static string[] Changed(string root, string start, params string[] folders) =>
    [
        .. Git(root, ["diff", "--name-only", start, "--", .. folders]),
        .. Git(root, ["ls-files", "--others", "--exclude-standard", "--", .. folders]),
    ];

    private static string[] Git(string folder, params IEnumerable<string> arguments)
    {
        var (exitCode, output) = ClangCompiler.Run("git", ["-C", folder, .. arguments]);
        return exitCode == 0
            ? output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            : throw new InvalidOperationException(output);
    }
}
