using IadNative.Persistence;

namespace IadNative.Reproduction;

/// <summary>The place of a result's file, where anything may lie.</summary>
internal static class ResultPlace
{
    /// <summary>
    /// What lies at a path and can be neither read nor replaced by a result, in words that follow the path; null where a file or
    /// nothing does.
    /// </summary>
    public static string? ObstacleAt(string path)
    {
        try
        {
            if (Directory.Exists(path)) return "is a folder";
            FileInfo file = Resolve(path);
            if (!file.Exists) return file.FullName == path ? null : "is a link that leads nowhere";
            if (OutputPlace.IsDevice(file.FullName)) return "is a device or a pipe";
            if (file.Length > 0) File.OpenHandle(file.FullName).Dispose();
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            return "may not be read";
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (IOException)
        {
            return "is a link that leads nowhere, or cannot be read";
        }
    }

    /// <summary>The file that a path leads to, through all links.</summary>
    /// <exception cref="IOException">The links go round in a circle.</exception>
    public static FileInfo Resolve(string path)
    {
        var file = new FileInfo(path);
        return file.LinkTarget is null ? file : (FileInfo)file.ResolveLinkTarget(returnFinalTarget: true)!;
    }
}
