namespace IadNative.Extensions.Hosting.Serving;

/// <summary>
/// What a look at a file tells of whether it changed, without opening it: where links lead, its length and the time of its last write, or
/// why it cannot be seen. It goes by the path each time, so that links in the midst of it, such as the ..data of a ConfigMap, count too.
/// </summary>
/// <param name="Place">The file at the end of links.</param>
/// <param name="Length">Its bytes; −1 where it is not there.</param>
/// <param name="Written">When it was last written, UTC.</param>
/// <param name="Problem">Why it cannot be seen; null where it can.</param>
internal readonly record struct FileStamp(string Place, long Length, DateTime Written, string? Problem)
{
    public static FileStamp Of(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (file.LinkTarget is not null && file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target) file = target;
            return file.Exists
                ? new FileStamp(file.FullName, file.Length, file.LastWriteTimeUtc, null)
                : new FileStamp(file.FullName, -1, default, "it is not there");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new FileStamp(path, -1, default, e.Message);
        }
    }
}
