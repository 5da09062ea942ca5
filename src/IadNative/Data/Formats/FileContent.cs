namespace IadNative.Data.Formats;

/// <summary>A file's content on its way to a format reader: opened, and unpacked where it is packed with gzip.</summary>
internal static class FileContent
{
    /// <summary>Opens a file to be read from front to back.</summary>
    public static FileStream Open(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 64 << 10, FileOptions.SequentialScan);

    /// <summary>Reads a stream from where it stands to its end.</summary>
    /// <param name="stream">The file's bytes; it stays open.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="limits">The bounds.</param>
    /// <param name="read">The reader of the plain content.</param>
    /// <param name="cancellation">Checked on every read.</param>
    /// <exception cref="DataFormatException">The content is damaged, or refused by the reader.</exception>
    public static T Read<T>(Stream stream, string name, ReaderLimits limits, Func<ContentStream, T> read,
        CancellationToken cancellation)
    {
        long? length = stream.CanSeek ? stream.Length - stream.Position : null;
        using var content = new ContentStream(stream, name, length, cancellation);
        return IsGzip(content) ? Unpack(content, limits, read) : read(content);
    }

    private static bool IsGzip(ContentStream content) => content.Head(2).SequenceEqual((byte[])[0x1F, 0x8B]);

    private static T Unpack<T>(ContentStream packed, ReaderLimits limits, Func<ContentStream, T> read)
    {
        using var gzip = new GzipContent(packed);
        using var bounded = new InflatedStream(gzip, packed, packed.Name, () => packed.Offset, limits);
        using var content = new ContentStream(bounded, packed.Name, null, packed.Cancellation);
        if (IsGzip(content))
            throw new DataFormatException($"{packed.Name}: it is packed with gzip twice. Unpack it once.");
        T? result = read(content);
        // Whatever a format has left unread is read to the end, where the decompressor compares the checksum.
        content.CopyTo(Stream.Null);
        return result;
    }
}
