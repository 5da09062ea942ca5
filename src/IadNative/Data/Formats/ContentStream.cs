namespace IadNative.Data.Formats;

/// <summary>
/// A file's content as the format readers see it: forward only, with a look ahead at its first bytes, the offset for
/// messages, and the cancellation token checked on every read.
/// </summary>
internal sealed class ContentStream : ReadOnlyForwardStream
{
    private readonly Stream _inner;
    private readonly long? _length;
    private byte[] _head = [];
    private int _headStart;
    private long _fetched;

    /// <summary>Reads <paramref name="inner"/> from where it stands; it is not disposed of here.</summary>
    /// <param name="inner">The bytes.</param>
    /// <param name="name">What messages call this content.</param>
    /// <param name="length">Bytes that belong to the content, null to read to the end of <paramref name="inner"/>.</param>
    /// <param name="cancellation">Checked on every read.</param>
    /// <param name="memory">What the reading keeps; null bounds nothing.</param>
    public ContentStream(Stream inner, string name, long? length, CancellationToken cancellation, MemoryUse? memory = null)
    {
        Memory = memory;
        _inner = inner;
        _length = length;
        Name = name;
        Cancellation = cancellation;
    }

    /// <summary>What messages call this content.</summary>
    public string Name { get; }

    /// <summary>Checked on every read.</summary>
    public CancellationToken Cancellation { get; }

    /// <summary>What the reading of the file keeps in memory, shared by all contents within it; null where nothing is bounded.</summary>
    public MemoryUse? Memory { get; }

    /// <summary>Bytes still to come, null where the length is not known in advance.</summary>
    public long? Remaining => _length - Offset;

    /// <summary>Bytes read so far.</summary>
    public long Offset => _fetched - (_head.Length - _headStart);

    /// <summary>Bytes taken from the underlying stream so far.</summary>
    public long Fetched => _fetched;

    /// <summary>Whether the underlying stream itself has failed; its exception is none of the content's.</summary>
    public bool Failed { get; private set; }

    /// <summary>Up to <paramref name="count"/> first bytes, which stay unread. To be called before any reading.</summary>
    public ReadOnlySpan<byte> Head(int count)
    {
        if (_head.Length < count && Offset == 0)
        {
            byte[] grown = new byte[count];
            _head.CopyTo(grown, 0);
            int filled = _head.Length;
            for (int got; filled < count && (got = Fetch(grown.AsSpan(filled))) > 0;)
                filled += got;
            _head = grown[..filled];
        }
        return _head.AsSpan(0, Math.Min(count, _head.Length));
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        if (_headStart == _head.Length)
            return Fetch(buffer);
        int count = Math.Min(buffer.Length, _head.Length - _headStart);
        _head.AsSpan(_headStart, count).CopyTo(buffer);
        _headStart += count;
        return count;
    }

    /// <summary>Fills the whole buffer.</summary>
    /// <exception cref="DataFormatException">The content ends before that.</exception>
    public void Fill(Span<byte> buffer, string what)
    {
        int got = ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        if (got < buffer.Length)
            throw Error($"the file ends within {what}; it is cut short. Copy or save it again");
    }

    /// <summary>Passes over bytes.</summary>
    /// <exception cref="DataFormatException">The content ends before that.</exception>
    public void Skip(long count, string what)
    {
        Span<byte> buffer = stackalloc byte[4096];
        for (; count > 0; count -= Math.Min(count, buffer.Length))
            Fill(buffer[..(int)Math.Min(count, buffer.Length)], what);
    }

    /// <summary>Whether nothing is left, found out by reading one byte, which is lost.</summary>
    public bool EndsHere() => ReadByte() < 0;

    /// <summary>
    /// The whole content as a stream that can seek: the underlying one where it can, else a copy in memory that grows
    /// as the bytes arrive. The caller need not dispose of it.
    /// </summary>
    public Stream ToSeekable()
    {
        if (_inner.CanSeek && _inner.Position == _fetched)
        {
            _inner.Position = 0;
            return _inner;
        }
        var memory = new MemoryStream();
        byte[] buffer = new byte[64 << 10];
        for (int got; (got = Read(buffer)) > 0;)
        {
            if (memory.Length + got > Array.MaxLength)
                throw Error("a packed or piped archive of more than 2 GB is not supported; give the plain file");
            Memory?.Keep(got);
            memory.Write(buffer, 0, got);
        }
        return memory;
    }

    /// <summary>An error that names this content and the place reached.</summary>
    public DataFormatException Error(string message, Exception? cause = null) =>
        cause == null
            ? new DataFormatException($"{Name}: {message} (at byte {Offset}).")
            : new DataFormatException($"{Name}: {message} (at byte {Offset}).", cause);

    private int Fetch(Span<byte> buffer)
    {
        Cancellation.ThrowIfCancellationRequested();
        if (_length is { } length)
            buffer = buffer[..(int)Math.Min(buffer.Length, length - _fetched)];
        try
        {
            int got = buffer.IsEmpty ? 0 : _inner.Read(buffer);
            _fetched += got;
            return got;
        }
        catch (IOException)
        {
            Failed = true;
            throw;
        }
    }
}
