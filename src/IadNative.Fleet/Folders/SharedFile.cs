using IadNative.Persistence;

namespace IadNative.Fleet;

/// <summary>Files that several processes, on one machine or on many that share a folder, write once and read whole.</summary>
internal static class SharedFile
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Writes a file and its folder unless a sound one is there; one that is not is replaced.</summary>
    /// <param name="path">The file.</param>
    /// <param name="content">Its content.</param>
    /// <param name="isSound">Whether what lies there counts.</param>
    /// <returns>
    /// Whether it was written: of several who write at once, one is told so. Of several who replace a damaged one in the same moment each is, and the
    /// last stays: what is damaged stays until something whole takes its place, also where the disk is full.
    /// </returns>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public static bool TryAdd(string path, ReadOnlyMemory<byte> content, Func<byte[], bool> isSound)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        while (!AtomicFile.TryCreate(path, Write))
        {
            if (Find(path) is { } there && isSound(there)) return false;
            if (FileStatus.Of(path, followLinks: true) is not { IsDevice: true })
            {
                AtomicFile.Write(path, Write);
                return true;
            }

            // What is written to a pipe is lost.
            File.Delete(path);
        }

        return true;

        void Write(Stream stream) => stream.Write(content.Span);
    }

    /// <summary>Removes a file, but puts it back where what was removed is to be kept: no other can come between look and removal.</summary>
    /// <param name="path">The file.</param>
    /// <param name="isKept">Whether a content is to be kept.</param>
    /// <returns>Whether it was there and is kept.</returns>
    /// <exception cref="IOException">It cannot be moved.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public static bool TryTake(string path, Func<byte[], bool> isKept)
    {
        if (MoveAside(path) is not { } aside) return false;
        try
        {
            if (Find(aside) is { } content && isKept(content))
            {
                PutBack(aside, path);
                return true;
            }

            File.Delete(aside);
            return false;
        }
        catch
        {
            PutBack(aside, path);
            throw;
        }
    }

    // Null where another has it, who may be about to put it back.
    private static string? MoveAside(string path)
    {
        // A name that is not one of unfinished files: those are removed when nobody locks them.
        string aside = $"{path}.{Guid.NewGuid():N}";
        try
        {
            File.Move(path, aside);
            return aside;
        }
        catch (FileNotFoundException)
        {
            Thread.Sleep(s_pause);
            return null;
        }
    }

    private static void PutBack(string aside, string path)
    {
        try
        {
            File.Move(aside, path, overwrite: false);
        }
        catch (FileNotFoundException)
        {
            // It is deleted, or put back, already.
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(aside);
        }
    }

    /// <summary>
    /// The content of a file; null where there is none, and empty where it is larger than anything that is kept or no file, such as a pipe,
    /// which could be waited on for ever.
    /// </summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read, or is a folder.</exception>
    public static byte[]? Find(string path)
    {
        try
        {
            return new FileInfo(path).Length > Array.MaxLength || FileStatus.Of(path, followLinks: true) is { IsDevice: true } ? [] : File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
