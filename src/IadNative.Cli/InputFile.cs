using IadNative.Data.Formats;

namespace IadNative.Cli;

/// <summary>Reads a file, or a folder, that the user named; whatever keeps it from being opened is the input's fault.</summary>
internal static class InputFile
{
    /// <exception cref="BadInputException">The file does not exist, is a folder, or cannot be read.</exception>
    public static T Read<T>(string path, Func<string, T> read) => Directory.Exists(path)
        ? throw new BadInputException($"'{path}' is a folder; give a file.")
        : ReadAny(path, read);

    /// <exception cref="BadInputException">There is no such file or folder, or it cannot be read.</exception>
    public static T ReadAny<T>(string path, Func<string, T> read)
    {
        try
        {
            return read(path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            if (UndecodedName.IsIn(path) || UndecodedName.IsIn(CurrentFolder.Description))
                throw new BadInputException($"'{path}': {UndecodedName.Problem}; rename the file or folder ({CurrentFolder.Description}).");
            throw new BadInputException($"'{path}' does not exist; check the path ({CurrentFolder.Description}).");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"'{path}' cannot be read: {exception.Message}");
        }
    }
}
