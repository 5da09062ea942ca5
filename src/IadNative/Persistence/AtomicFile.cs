namespace IadNative.Persistence;

/// <summary>Writes files so that a reader finds the old content or the new one, never a part.</summary>
internal static class AtomicFile
{
    /// <summary>What the names of files that are not finished look like; a killed process may leave one behind.</summary>
    public const string TemporaryFiles = $"{Prefix}*{Suffix}";

    private const string Prefix = ".iad-", Suffix = ".tmp";

    /// <summary>
    /// Writes to a new file in the same folder, flushes it to disk and renames it over <paramref name="path"/>. When
    /// anything fails, the new file is deleted, the old content stays, and the exception goes on to the caller.
    /// </summary>
    /// <param name="path">
    /// The file to create or replace. A replaced file's Unix permissions are kept. A link stays, and what it points to is
    /// replaced. A device, such as <c>/dev/stdout</c>, is written to directly.
    /// </param>
    /// <param name="write">Writes the content; the stream may not be seekable.</param>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="IOException">The path is a folder, or writing fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        FileInfo target = new(path);
        if (!IsDevice(target.FullName) && target.LinkTarget is not null)
        {
            target = (FileInfo)target.ResolveLinkTarget(returnFinalTarget: true)!;
        }

        if (IsDevice(target.FullName))
        {
            using FileStream device = new(target.FullName, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            write(device);
            return;
        }

        if (Directory.Exists(target.FullName))
        {
            throw new IOException($"{path}: cannot write, because this is a folder. Give the name of a file.");
        }

        if (!target.Directory!.Exists)
        {
            throw new DirectoryNotFoundException(
                $"{path}: the folder {target.DirectoryName} does not exist. Create it first.");
        }

        string temporary = Path.Combine(target.DirectoryName!, $"{Prefix}{Guid.NewGuid():N}{Suffix}");
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows() && target.Exists)
        {
            options.UnixCreateMode = target.UnixFileMode;
        }

        PendingFiles.Add(temporary);
        try
        {
            using (FileStream stream = new(temporary, options))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, target.FullName, overwrite: true);
        }
        catch
        {
            DeleteQuietly(temporary);
            throw;
        }
        finally
        {
            PendingFiles.Remove(temporary);
        }
    }

    /// <summary>
    /// Whether renaming a file over this path would replace a device or a process's open file. <c>/dev/shm</c> holds
    /// ordinary files.
    /// </summary>
    public static bool IsDevice(string path) =>
        !OperatingSystem.IsWindows()
        && (path.StartsWith("/dev/", StringComparison.Ordinal) || path.StartsWith("/proc/", StringComparison.Ordinal))
        && !path.StartsWith("/dev/shm/", StringComparison.Ordinal);

    private static void DeleteQuietly(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The failure that led here is the one worth reporting.
        }
    }
}
