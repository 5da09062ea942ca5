using System.IO.Enumeration;

namespace IadNative.Cli.Fleet;

/// <summary>
/// Files by names and patterns: * and ? stand for characters of a name, ** for folders, but not for links to folders, which may lead in a
/// circle. Shells expand patterns too, but not in quotes, and not
/// many thousand files.
/// </summary>
internal static class SourceFiles
{
    /// <summary>The files, those of a pattern in the order of their names, each once.</summary>
    /// <exception cref="BadInputException">A pattern has no file, or a name is none.</exception>
    public static IReadOnlyList<string> Find(IEnumerable<string> sources)
    {
        var files = new List<string>();
        var seen = new HashSet<string>();
        foreach (string source in sources)
        {
            foreach (string file in FilesOf(source))
            {
                if (seen.Add(FullPath(file))) files.Add(file);
            }
        }

        return files;
    }

    private static string FullPath(string file)
    {
        try
        {
            return Path.GetFullPath(file);
        }
        catch (FileNotFoundException)
        {
            throw new BadInputException($"'{file}' does not exist; check the path ({CurrentFolder.Description}).");
        }
    }

    private static string[] FilesOf(string source)
    {
        if (source is "-" or "") throw new BadInputException("a fleet is planned from files; standard input is none.");
        if (!IsPattern(source) || File.Exists(source)) return [source];
        string root = Path.GetPathRoot(source)!;
        string[] parts = source[root.Length..].Split(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar);
        string[] files;
        try
        {
            files = [.. Match(root, parts).Distinct().Order(StringComparer.Ordinal)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"the files of '{source}' cannot be listed: {exception.Message}");
        }

        return files.Length > 0 ? files : throw new BadInputException($"no file matches '{source}' ({CurrentFolder.Description}).");
    }

    private static bool IsPattern(string text) => text.AsSpan().ContainsAny('*', '?');

    private static IEnumerable<string> Match(string folder, ReadOnlyMemory<string> parts)
    {
        string part = parts.Span[0];
        ReadOnlyMemory<string> rest = parts[1..];
        string place = folder.Length == 0 ? "." : folder;
        if (!Directory.Exists(place)) return [];
        if (rest.IsEmpty)
        {
            // As shells do: a hidden file is not meant unless its point is written.
            return Names(Directory.EnumerateFiles(place), part).Select(name => Path.Combine(folder, name));
        }

        if (part == "**")
        {
            IEnumerable<string> own = Directory.EnumerateDirectories(place).Where(path => new DirectoryInfo(path).LinkTarget is null);
            return Match(folder, rest).Concat(Names(own, "*").SelectMany(name => Match(Path.Combine(folder, name), parts)));
        }

        return IsPattern(part)
            ? Names(Directory.EnumerateDirectories(place), part).SelectMany(name => Match(Path.Combine(folder, name), rest))
            : Match(Path.Combine(folder, part), rest);
    }

    private static IEnumerable<string> Names(IEnumerable<string> paths, string pattern) => paths.Select(path => Path.GetFileName(path))
        .Where(name => (!name.StartsWith('.') || pattern.StartsWith('.')) && FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false));
}
