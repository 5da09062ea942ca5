using IadNative.Persistence;

namespace IadNative.Fleet;

/// <summary>Files that several processes, on one machine or on many that share a folder, write once and read whole.</summary>
internal static class SharedFile
{
    /// <summary>Writes a file and its folder unless a sound one is there; one that is not is replaced.</summary>
    /// <param name="path">The file.</param>
    /// <param name="content">Its content.</param>
    /// <param name="isSound">Looks whether what lies there counts.</param>
    /// <returns>Whether it was written: of several who write at once, one is told so.</returns>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public static bool TryAdd(string path, ReadOnlyMemory<byte> content, Func<bool> isSound)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (AtomicFile.TryCreate(path, stream => stream.Write(content.Span))) return true;
        if (isSound()) return false;
        AtomicFile.Write(path, stream => stream.Write(content.Span));
        return true;
    }

    /// <summary>The content of a file; null where there is none, and empty where it is larger than anything that is kept.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read, or is a folder.</exception>
    public static byte[]? Find(string path)
    {
        try
        {
            return new FileInfo(path).Length > Array.MaxLength ? [] : File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
