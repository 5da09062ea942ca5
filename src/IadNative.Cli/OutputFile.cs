using IadNative.Data.Formats;
using IadNative.Persistence;

namespace IadNative.Cli;

/// <summary>Places that a command will write to, checked before any work is done, so that none is lost at its end.</summary>
internal static class OutputFile
{
    /// <summary>The name that stands for standard output.</summary>
    public const string StandardOutput = "-";

    /// <summary>Checks that a file can be written; null and <see cref="StandardOutput"/> need no check.</summary>
    /// <param name="path">The file to be written.</param>
    /// <param name="option">The option that named it.</param>
    /// <param name="others">Other files of the same command, which it must not replace.</param>
    /// <exception cref="BadInputException">It cannot be written; the message says why.</exception>
    public static void Check(string? path, string option, params ReadOnlySpan<string?> others) =>
        Check(path, option, made: null, others);

    /// <summary>Checks the same of a file that may lie in a folder which the command makes itself.</summary>
    /// <param name="made">The folder.</param>
    /// <param name="path">The file to be written.</param>
    /// <param name="option">The option that named it.</param>
    /// <param name="others">Other files of the same command, which it must not replace.</param>
    /// <exception cref="BadInputException">It cannot be written; the message says why.</exception>
    public static void CheckBeside(string made, string? path, string option, params ReadOnlySpan<string?> others) =>
        Check(path, option, made, others);

    /// <summary>Checks that files can be made in a folder that exists.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="option">What the command line calls it: the option and its value.</param>
    /// <exception cref="BadInputException">None can; the message says why.</exception>
    public static void CheckFolder(string folder, string option)
    {
        try
        {
            string probe = Path.Combine(folder, $".{Path.GetRandomFileName()}");
            new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose).Dispose();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(
                $"{option}: nothing can be written to the folder '{folder}': {exception.Message}");
        }
    }

    /// <summary>Refuses a name that would become another one.</summary>
    /// <param name="path">The file or folder to be made.</param>
    /// <param name="option">The option that named it.</param>
    /// <exception cref="BadInputException">It holds bytes that are no UTF-8.</exception>
    public static void CheckName(string path, string option)
    {
        if (UndecodedName.IsIn(Path.GetFullPath(path)))
            throw new BadInputException($"{option} '{path}': {UndecodedName.Problem} or made; give another name.");
    }

    private static void Check(string? path, string option, string? made, ReadOnlySpan<string?> others)
    {
        if (path is null or StandardOutput) return;
        if (path.Length == 0) throw new BadInputException($"{option} needs the name of a file.");
        string full = Path.GetFullPath(path);
        CheckName(full, option);
        foreach (string? other in others)
        {
            if (other is not null && (RealPath(other) == RealPath(path) || IsImageOf(other, RealPath(path))))
            {
                throw new BadInputException(
                    $"{option} '{path}' is also read or written elsewhere in this command; give another name.");
            }
        }

        if (Directory.Exists(full)) throw new BadInputException($"{option} '{path}' is a folder; give a file name in it.");
        string folder = Path.GetDirectoryName(full)!;
        if (!Directory.Exists(folder) && made is not null && RealPath(folder) == RealPath(made)) return;
        if (!Directory.Exists(folder))
            throw new BadInputException($"{option} '{path}': the folder '{folder}' does not exist; create it first.");
        if (File.Exists(full) && File.GetAttributes(full).HasFlag(FileAttributes.ReadOnly))
            throw new BadInputException($"{option} '{path}' is write-protected; give another name.");
        // A device such as /dev/null is written in place; nothing is created beside it.
        if (!AtomicFile.IsDevice(full)) CheckFolder(folder, $"{option} '{path}'");
    }

    /// <summary>Whether a file is one of the images that a folder is read for.</summary>
    private static bool IsImageOf(string folder, string file) =>
        Directory.Exists(folder) && ImageFolder.IsRead(Path.GetFileName(file)) && File.Exists(file)
        && file.StartsWith(RealPath(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>Where a path leads when all links on it are followed, since a file is written through them.</summary>
    private static string RealPath(string path)
    {
        string full = Path.GetFullPath(path);
        if (Path.GetDirectoryName(full) is not { } parent) return full;
        string real = Path.Combine(RealPath(parent), Path.GetFileName(full));
        FileSystemInfo? target = Directory.Exists(real) ? Directory.ResolveLinkTarget(real, returnFinalTarget: true)
            : File.Exists(real) ? File.ResolveLinkTarget(real, returnFinalTarget: true)
            : null;
        return target is null ? real : RealPath(target.FullName);
    }
}
