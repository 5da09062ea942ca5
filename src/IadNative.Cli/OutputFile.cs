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
            AtomicFile.Try(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{option}: nothing can be written to the folder '{folder}': {exception.Message}");
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
        string place = Place(path, option);
        CheckName(place, option);
        foreach (string? other in others)
        {
            if (other is null or StandardOutput) continue;
            string otherPlace = Followed(other);
            if (otherPlace == place || IsImageOf(otherPlace, place))
            {
                throw new BadInputException(
                    $"{option} '{path}' is also read or written elsewhere in this command; give another name.");
            }
        }

        if (Directory.Exists(place)) throw new BadInputException($"{option} '{path}' is a folder; give a file name in it.");
        if (OutputPlace.IsDevice(place))
        {
            // It is written in place; nothing is created beside it, and opening it may already do something.
            if (!File.Exists(place)) throw new BadInputException($"{option} '{path}': there is no device '{place}'; give another name.");
            return;
        }

        string folder = Path.GetDirectoryName(place)!;
        if (!Directory.Exists(folder) && made is not null && folder == Followed(made)) return;
        if (!Directory.Exists(folder))
            throw new BadInputException($"{option} '{path}': the folder '{folder}' does not exist; create it first.");
        if (File.Exists(place) && File.GetAttributes(place).HasFlag(FileAttributes.ReadOnly))
            throw new BadInputException($"{option} '{path}' is write-protected; give another name.");
        if (FileStatus.Of(place, followLinks: false) is { IsFixed: true })
        {
            throw new BadInputException($"{option} '{path}' cannot be replaced: it is protected against changes, or mounted by itself. Give "
                + "another name, or mount its folder.");
        }

        CheckFolder(folder, $"{option} '{path}'");
    }

    /// <summary>Whether a file is one of the images that a folder is read for.</summary>
    private static bool IsImageOf(string folder, string file) =>
        Directory.Exists(folder) && ImageFolder.IsRead(Path.GetFileName(file)) && File.Exists(file)
        && file.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>The file that an output's path leads to.</summary>
    private static string Place(string path, string option)
    {
        try
        {
            return OutputPlace.Find(path);
        }
        catch (FileNotFoundException)
        {
            throw new BadInputException($"{option} '{path}' is nowhere: {CurrentFolder.Description}.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{option} {exception.Message}");
        }
    }

    /// <summary>Where another path of the command leads; what is wrong with that one is found where it is used.</summary>
    private static string Followed(string path)
    {
        try
        {
            return OutputPlace.Follow(path);
        }
        catch (IOException)
        {
            return path;
        }
    }
}
