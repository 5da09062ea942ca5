using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace IadNative.Persistence;

/// <summary>Writes files so that a reader finds the old content or the new one, never a part, also after the power has failed.</summary>
internal static partial class AtomicFile
{
    private const UnixFileMode Permissions = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>
    /// Writes to a new file in the same folder, flushes it to disk, renames it over <paramref name="path"/> and flushes the folder. When
    /// anything fails, the new file is deleted, the old content stays, and the exception goes on to the caller.
    /// </summary>
    /// <param name="path">
    /// The file to create or replace. A replaced file's Unix permissions are kept, and who may write the file but not its folder cannot
    /// replace it. A link stays, and what it leads to is replaced or created; <see cref="OutputPlace"/> says which are not followed. A
    /// device or a named pipe is written to directly, <c>/dev/stdout</c> behind what the process has written there.
    /// </param>
    /// <param name="write">Writes the content; the stream may not be seekable.</param>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="IOException">The path is a folder, its links lead in a circle, or writing fails.</exception>
    /// <exception cref="UnauthorizedAccessException">
    /// The folder may not be written to, or another user's link or file is in the way.
    /// </exception>
    public static void Write(string path, Action<Stream> write) => Put(path, write, overwrite: true);

    /// <summary>
    /// Writes a new file as <see cref="Write"/> does, and gives it its name only where nothing has it: of several who write at once, on one
    /// machine or on many that share the folder, one succeeds. The system makes a hard link for that; where the file system has none, the
    /// last of those who come within the same moment stays, which is whole too.
    /// </summary>
    /// <returns>False where there was a file: it stays as it is.</returns>
    /// <inheritdoc cref="Write"/>
    public static bool TryCreate(string path, Action<Stream> write)
    {
        if (File.Exists(path)) return false;
        try
        {
            Put(path, write, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(path))
        {
            return false;
        }
    }

    private static void Put(string path, Action<Stream> write, bool overwrite)
    {
        string place = OutputPlace.Find(path);
        if (Directory.Exists(place))
        {
            throw new IOException($"{path}: cannot write, because this is a folder. Give the name of a file.");
        }

        if (OutputPlace.IsDevice(place))
        {
            using Stream device = OpenDevice(place);
            write(device);
            return;
        }

        string folder = Path.GetDirectoryName(place)!;
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"{path}: the folder {folder} does not exist. Create it first.");
        }

        string temporary = UnfinishedFile.NameIn(folder);
        bool isCallers = false;
        PendingFiles.Add(temporary);
        try
        {
            UnixFileMode? permissions =
                !OperatingSystem.IsWindows() && File.Exists(place) ? File.GetUnixFileMode(place) & Permissions : null;
            using (FileStream stream = UnfinishedFile.Create(temporary, isPrivate: permissions is not null))
            {
                isCallers = true;
                write(stream);
                isCallers = false;
                if (!OperatingSystem.IsWindows() && permissions is { } kept) SetPermissions(stream.SafeFileHandle, kept);
                stream.Flush(flushToDisk: true);
            }

            if (overwrite || !TryLink(temporary, place)) File.Move(temporary, place, overwrite);
        }
        catch (Exception e)
        {
            DeleteQuietly(temporary);
            // What the writing of the content threw may be of something else, such as a file that is read; ours names the new file.
            if (e is IOException or UnauthorizedAccessException
                && (!isCallers || e.Message.Contains(temporary, StringComparison.Ordinal)))
            {
                throw Naming(path, temporary, place, e);
            }

            throw;
        }
        finally
        {
            PendingFiles.Remove(temporary);
        }

        FlushFolder(folder);
    }

    /// <summary>Makes sure that files can be made in a folder, and removes what killed processes have left there.</summary>
    /// <exception cref="IOException">None can be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to, or another user's link leads there.</exception>
    public static void Try(string folder) =>
        UnfinishedFile.Create(UnfinishedFile.NameIn(OutputPlace.Find(folder)), isPrivate: true, removed: true).Dispose();

    /// <summary>A device's own stream; of what leads to a file, the end.</summary>
    private static Stream OpenDevice(string place)
    {
        switch (place)
        {
            // Another opening of the same file would write over what the process writes.
            case "/dev/stdout" or "/dev/fd/1" or "/proc/self/fd/1":
                return Console.OpenStandardOutput();
            case "/dev/stderr" or "/dev/fd/2" or "/proc/self/fd/2":
                return Console.OpenStandardError();
        }

        FileStream device = new(place, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        if (device.CanSeek) device.Seek(0, SeekOrigin.End);
        return device;
    }

    /// <summary>Gives the permissions, which the process's mask would have narrowed when the file was made.</summary>
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    private static void SetPermissions(SafeFileHandle file, UnixFileMode permissions)
    {
        // Some file systems have no permissions, and refuse to set them.
        if (File.GetUnixFileMode(file) != permissions) File.SetUnixFileMode(file, permissions);
    }

    /// <summary>Brings a folder's names to the disk, as far as its file system does.</summary>
    private static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        const int readOnly = 0;
        using SafeFileHandle handle = Open(folder, readOnly);
        if (handle.IsInvalid) return;
        try
        {
            RandomAccess.FlushToDisk(handle);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The file is written and has its name.
        }
    }

    private static Exception Naming(string path, string temporary, string place, Exception e)
    {
        string reason = e.Message.Replace($" : '{temporary}'", "", StringComparison.Ordinal)
            .Replace(temporary, place, StringComparison.Ordinal);
        string message = $"{path}: cannot be written: {reason}";
        return e is UnauthorizedAccessException
            ? new UnauthorizedAccessException(message, e)
            : new IOException(message, e) { HResult = e.HResult };
    }

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

    /// <summary>
    /// Gives a file its name by a hard link, which fails where the name is taken. <see cref="File.Move(string, string)"/> looks first and
    /// renames then: of two who do so at once, both succeed.
    /// </summary>
    /// <returns>False where there are no such links; on Windows a move is as good.</returns>
    /// <exception cref="IOException">The name is taken.</exception>
    private static bool TryLink(string temporary, string place)
    {
        const int isTaken = 17;
        if (OperatingSystem.IsWindows()) return false;
        if (Link(temporary, place) != 0)
        {
            return Marshal.GetLastPInvokeError() != isTaken ? false : throw new IOException($"The file '{place}' already exists.", isTaken);
        }

        File.Delete(temporary);
        return true;
    }

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Link(string file, string name);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);
}
