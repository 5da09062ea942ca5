using IadNative.Data;

namespace IadNative.Cli;

/// <summary>The folder that --temp names.</summary>
internal static class TemporaryPlace
{
    /// <summary>Opens it for temporary files, which are gone when it is disposed of.</summary>
    /// <param name="path">What the option says; null where it is not given.</param>
    /// <exception cref="BadInputException">There is no such folder.</exception>
    public static TemporaryFolder Open(string? path) => path is null || Directory.Exists(path)
        ? new TemporaryFolder(path)
        : throw new BadInputException($"--temp: there is no folder '{path}' ({CurrentFolder.Description}). Create it, or give another one.");
}
