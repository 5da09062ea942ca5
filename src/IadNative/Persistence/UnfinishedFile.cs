namespace IadNative.Persistence;

/// <summary>
/// A file under a name of its own, until all is written and it gets its name by renaming. While its process lives it is locked. What a
/// killed process has left is removed by the next write in the folder.
/// </summary>
internal static class UnfinishedFile
{
    private const string Prefix = ".iad-", Suffix = ".tmp";

    /// <summary>Between making a file and locking it lies a moment; what was not touched for so long is beyond that.</summary>
    private static readonly TimeSpan s_leastAge = TimeSpan.FromMinutes(10);

    /// <summary>A path in a folder, which nothing has yet.</summary>
    public static string NameIn(string folder) => Path.Combine(folder, $"{Prefix}{Guid.NewGuid():N}{Suffix}");

    /// <summary>Makes one, and removes what killed processes have left in the folder.</summary>
    /// <param name="path">Its path, from <see cref="NameIn"/>.</param>
    /// <param name="isPrivate">Whether nobody but the user may read it, whatever is usual.</param>
    /// <param name="removed">Whether it is removed when it is closed.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public static FileStream Create(string path, bool isPrivate = false, bool removed = false)
    {
        FileStreamOptions options = new()
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.None,
            Options = removed ? FileOptions.DeleteOnClose : FileOptions.None,
        };
        if (isPrivate && !OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        FileStream file = new(path, options);
        RemoveLeft(Path.GetDirectoryName(path)!, path);
        return file;
    }

    private static void RemoveLeft(string folder, string living)
    {
        try
        {
            DateTime latest = DateTime.UtcNow - s_leastAge;
            string[] left = [.. new DirectoryInfo(folder).EnumerateFiles($"{Prefix}*{Suffix}")
                .Where(file => file.LinkTarget is null && file.LastWriteTimeUtc < latest).Select(file => file.FullName)];
            // Where locks do not hold, nobody can tell whether a file's process lives.
            if (left.Length == 0 || TryLock(living, FileOptions.None)) return;
            foreach (string file in left) TryLock(file, FileOptions.DeleteOnClose);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not this write's business: the next one tries again.
        }
    }

    private static bool TryLock(string file, FileOptions options)
    {
        try
        {
            new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, options).Dispose();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
