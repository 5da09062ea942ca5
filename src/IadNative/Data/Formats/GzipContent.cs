using System.IO.Compression;

namespace IadNative.Data.Formats;

/// <summary>
/// The content of a gzip file, which must be complete. <see cref="GZipStream"/> takes the end of the file for the end of
/// the data, so that a table cut in the middle would come out shorter without a word. Therefore a gzip member of known
/// content, the seal, is appended to the compressed bytes: only if all before it was complete is it unpacked as a
/// member of its own and ends the output. It is held back from the reader.
/// </summary>
internal sealed class GzipContent : ReadOnlyForwardStream
{
    private static readonly byte[] s_seal = "IadNative.seal\r\n"u8.ToArray();
    private static readonly byte[] s_packedSeal = Pack(s_seal);

    private readonly GZipStream _unpacked;
    private readonly byte[] _buffer = new byte[(32 << 10) + s_seal.Length];
    private int _start;
    private int _end;
    private bool _checked;

    /// <summary>Unpacks the rest of <paramref name="packed"/>, which stays open.</summary>
    public GzipContent(Stream packed) => _unpacked = new GZipStream(new Sealed(packed), CompressionMode.Decompress);

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The data is damaged, cut short, or followed by something else.</exception>
    public override int Read(Span<byte> buffer)
    {
        while (!_checked && _end - _start <= s_seal.Length)
            Refill();
        int count = Math.Min(buffer.Length, _checked ? _end - _start : _end - _start - s_seal.Length);
        _buffer.AsSpan(_start, count).CopyTo(buffer);
        _start += count;
        return count;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _unpacked.Dispose();
        base.Dispose(disposing);
    }

    private void Refill()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        int got = _unpacked.Read(_buffer.AsSpan(_end));
        _end += got;
        if (got > 0)
            return;
        if (!_buffer.AsSpan(0, _end).EndsWith(s_seal))
            throw new InvalidDataException("The gzip data does not end where the file ends.");
        _end -= s_seal.Length;
        _checked = true;
    }

    private static byte[] Pack(byte[] bytes)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(bytes);
        return packed.ToArray();
    }

    private sealed class Sealed(Stream packed) : ReadOnlyForwardStream
    {
        private int _sealed = -1;

        public override int Read(Span<byte> buffer)
        {
            if (_sealed < 0)
            {
                int got = packed.Read(buffer);
                if (got > 0 || buffer.IsEmpty)
                    return got;
                _sealed = 0;
            }
            int count = Math.Min(buffer.Length, s_packedSeal.Length - _sealed);
            s_packedSeal.AsSpan(_sealed, count).CopyTo(buffer);
            _sealed += count;
            return count;
        }
    }
}
