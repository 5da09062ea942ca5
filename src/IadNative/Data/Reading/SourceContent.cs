using IadNative.Data.Formats;
using ZstdSharp;

namespace IadNative.Data.Reading;

/// <summary>A file's content on its way to a reader: opened, and unpacked where it is packed with gzip or zstd.</summary>
internal sealed class SourceContent : IDisposable
{
    private readonly Stack<IDisposable> _owned = new();
    private bool _isPacked;
    private ContentStream? _source;
    private long? _length;

    private SourceContent()
    {
    }

    /// <summary>What the reading keeps in memory.</summary>
    public MemoryUse Memory { get; private set; } = null!;

    /// <summary>The plain content.</summary>
    public ContentStream Plain { get; private set; } = null!;

    /// <summary>The share of the source's bytes that has been read; null where its length is not known.</summary>
    public double? Fraction => _length is > 0 ? Math.Min(1, (double)_source!.Offset / _length.Value) : null;

    /// <summary>Opens a file to be read from front to back.</summary>
    public static FileStream OpenFile(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 64 << 10, FileOptions.SequentialScan);

    /// <summary>Takes a stream from where it stands to its end.</summary>
    /// <param name="stream">The file's bytes.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="limits">The bounds.</param>
    /// <param name="ownsStream">Whether the stream is disposed of with this; it is at once where this fails.</param>
    /// <param name="cancellation">Checked on every read.</param>
    /// <param name="memory">What several files of one source keep together; null where this is the only one.</param>
    /// <exception cref="DataFormatException">It is packed twice, or damaged.</exception>
    public static SourceContent Open(Stream stream, string name, ReaderLimits limits, bool ownsStream, CancellationToken cancellation,
        MemoryUse? memory = null)
    {
        var opened = new SourceContent();
        if (ownsStream) opened._owned.Push(stream);
        try
        {
            opened.Unpack(stream, name, limits, memory, cancellation);
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Reads whatever a format has left unread of packed content to its end, where the decompressor compares the checksum.
    /// </summary>
    public void Finish()
    {
        if (_isPacked) Plain.CopyTo(Stream.Null);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_owned.TryPop(out IDisposable? owned)) owned.Dispose();
    }

    private void Unpack(Stream stream, string name, ReaderLimits limits, MemoryUse? shared, CancellationToken cancellation)
    {
        long? length = stream.CanSeek ? stream.Length - stream.Position : null;
        Memory = shared ?? new MemoryUse(name, limits, () => _length ?? _source!.Offset);
        ContentStream content = Own(new ContentStream(stream, name, length, cancellation, Memory));
        (Plain, _source, _length) = (content, content, length);
        bool isGzip = IsGzip(content);
        if (!isGzip && !IsZstd(content)) return;
        Stream unpacked = Own(isGzip ? new GzipContent(content) : (Stream)new DecompressionStream(content, leaveOpen: true));
        Stream bounded = Own(new InflatedStream(unpacked, content, name, () => content.Offset, limits));
        Plain = Own(new ContentStream(bounded, name, null, cancellation, Memory));
        _isPacked = true;
        if (IsGzip(Plain) || IsZstd(Plain))
            throw new DataFormatException($"{name}: it is packed with {(isGzip ? "gzip" : "zstd")} twice. Unpack it once.");
    }

    /// <summary>Takes something that is to be disposed of before what was opened earlier.</summary>
    public T Own<T>(T opened)
        where T : IDisposable
    {
        _owned.Push(opened);
        return opened;
    }

    private static bool IsGzip(ContentStream content) => content.Head(2).SequenceEqual((byte[])[0x1F, 0x8B]);

    private static bool IsZstd(ContentStream content) => content.Head(4).SequenceEqual((byte[])[0x28, 0xB5, 0x2F, 0xFD]);
}
