using IadNative.Messages;
using IadNative.Persistence;

namespace IadNative.Cuda.Compilation;

/// <summary>
/// The folder of the kernel cache. What lies in it is run on the device, so that it must be the user's own: elsewhere than
/// on Windows, whose user folders are private by inheritance, it is created for the user alone, and not used where
/// somebody else owns it or may write to it.
/// </summary>
internal static class KernelCacheFolder
{
    /// <summary>The environment variable that names the folder, or says <see cref="Off"/>.</summary>
    public const string Variable = "IAD_KERNEL_CACHE";

    /// <summary>Instead of a folder: no cache.</summary>
    public const string Off = "off";

    /// <summary>The folder that a choice and the environment lead to; null for no cache.</summary>
    /// <param name="choice">A folder or <see cref="Off"/>; null to let the environment decide.</param>
    /// <param name="variable">Reads an environment variable.</param>
    public static string? Locate(string? choice, Func<string, string?> variable)
    {
        choice ??= variable(Variable);
        if (choice is { Length: > 0 })
            return choice.Equals(Off, StringComparison.OrdinalIgnoreCase) ? null : Path.GetFullPath(choice);
        if (OperatingSystem.IsWindows())
            return Below(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "IadNative", "kernels");

        // The specification of XDG_CACHE_HOME says that a relative path is to be ignored.
        if (variable("XDG_CACHE_HOME") is { } caches && Path.IsPathRooted(caches))
            return Below(caches, "iadnative", "kernels");
        return Below(variable("HOME") is { } home && Path.IsPathFullyQualified(home) ? home : null, ".cache", "iadnative", "kernels");
    }

    /// <summary>Makes a folder usable, and says whether it is.</summary>
    /// <param name="folder">From <see cref="Locate"/>.</param>
    /// <param name="warn">Told why it is not usable.</param>
    public static bool Prepare(string folder, Action<string> warn)
    {
        string? problem;
        try
        {
            problem = OperatingSystem.IsWindows() ? CreateOnWindows(folder) : CreatePrivate(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = e.Message;
        }

        if (problem is null)
            return true;
        warn($"Compiled kernels are not kept in {ForeignText.Plain(folder)}: {ForeignText.Shorten(problem, ForeignText.LongestReason)} Set {Variable} to another folder, or to {Off}.");
        return false;
    }

    private static string? CreateOnWindows(string folder)
    {
        Directory.CreateDirectory(folder);
        return null;
    }

    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    private static string? CreatePrivate(string folder)
    {
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (!FileStatus.IsUsersOwn(folder))
            return "it belongs to another user.";
        return (File.GetUnixFileMode(folder) & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != 0
            ? "others may write to it; what lies there is run, so take that right away (chmod go-w)."
            : null;
    }

    private static string? Below(string? parent, params ReadOnlySpan<string> names) =>
        string.IsNullOrEmpty(parent) ? null : Path.Combine([parent, .. names]);
}
