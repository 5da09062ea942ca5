namespace IadNative.Extensions.Hosting.Serving;

/// <summary>
/// What a look at a file tells of whether it changed, without opening it: where links lead, its length and the time of its last write, or
/// why it cannot be seen. It goes by the path each time, so that links in the midst of it, such as the ..data of a ConfigMap, count too.
/// </summary>
/// <param name="Place">The file at the end of all links along the path.</param>
/// <param name="Length">Its bytes; −1 where it is not there.</param>
/// <param name="Written">When it was last written, UTC.</param>
/// <param name="Problem">Why it cannot be seen; null where it can.</param>
internal readonly record struct FileStamp(string Place, long Length, DateTime Written, string? Problem)
{
    // As many as Linux follows.
    private const int MostLinks = 40;

    public static FileStamp Of(string path)
    {
        try
        {
            int links = 0;
            var file = new FileInfo(Resolve(path, ref links));
            return file.Exists
                ? new FileStamp(file.FullName, file.Length, file.LastWriteTimeUtc, null)
                : new FileStamp(file.FullName, -1, default, "it is not there");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new FileStamp(path, -1, default, e.Message);
        }
    }

    // Folder by folder from the root. What is no link, and what is not there, stays as it is.
    private static string Resolve(string path, ref int links)
    {
        if (Path.GetDirectoryName(path) is not { } parent) return path;
        string folder = Resolve(parent, ref links), full = Path.Join(folder, Path.GetFileName(path));
        if (new FileInfo(full).LinkTarget is not { } target) return full;
        return ++links <= MostLinks ? Resolve(Path.GetFullPath(target, folder), ref links) : throw new IOException("its path has too many links");
    }
}
