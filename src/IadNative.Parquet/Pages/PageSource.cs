using System.Collections.Concurrent;
using IadNative.Data.Formats;
using IadNative.Parquet.Metadata;
using Microsoft.Win32.SafeHandles;

namespace IadNative.Parquet.Pages;

/// <summary>Reads the pages of a file, wherever they are in it, unpacked. Where it has a file on disk, several threads may do so at once.</summary>
/// <param name="stream">The file; it can seek.</param>
/// <param name="file">The same file on disk, which is read in place of the stream; null where there is none.</param>
/// <param name="name">For messages.</param>
/// <param name="end">Where the footer begins; no page reaches beyond.</param>
/// <param name="budget">What buffers may take.</param>
internal sealed class PageSource(Stream stream, SafeFileHandle? file, string name, long end, MemoryBudget budget)
{
    private const int FirstLook = 1 << 10;
    private const int LongestHeader = 16 << 20;

    // One a thread that reads.
    private readonly ConcurrentStack<byte[]> _headers = new(), _packed = new();

    /// <summary>The file, for messages.</summary>
    public string Name => name;

    /// <summary>Reads the header of the page at a place.</summary>
    /// <param name="offset">The place; behind the header afterwards.</param>
    /// <param name="column">Whose page, for messages.</param>
    /// <exception cref="DataFormatException">There is no page.</exception>
    public PageHeader ReadHeader(ref long offset, string column)
    {
        if (offset < 4 || offset >= end) throw Error(column, offset, "a page is sought where none can be");
        byte[] buffer = Take(_headers);
        // How long a header is, is not said; a few hold long texts.
        for (int look = FirstLook; ; look *= 16)
        {
            int bytes = (int)Math.Min(look, end - offset);
            budget.Reserve(ref buffer, bytes);
            Fill(offset, buffer.AsSpan(0, bytes), column);
            try
            {
                var header = PageHeader.Read(buffer.AsSpan(0, bytes), out int length);
                _headers.Push(buffer);
                offset += length;
                if (header.PackedBytes > end - offset) throw Error(column, offset, "a page reaches beyond the file's data");
                return header;
            }
            catch (EndOfStreamException) when (bytes == look && look < LongestHeader)
            {
            }
            catch (Exception e) when (e is EndOfStreamException or InvalidDataException)
            {
                throw Error(column, offset, "the header of a page is damaged", e);
            }
        }
    }

    /// <summary>Reads a page, unpacked but for what version 2 leaves so.</summary>
    /// <param name="header">Its header.</param>
    /// <param name="codec">How it is packed.</param>
    /// <param name="offset">Where it is.</param>
    /// <param name="page">Where it is put; replaced where it is too small.</param>
    /// <param name="column">Whose page, for messages.</param>
    /// <exception cref="DataFormatException">It is damaged.</exception>
    public void Read(PageHeader header, PageCodec codec, long offset, ref byte[] page, string column)
    {
        int levels = header.PresenceBytes;
        int plainBytes = header.PlainBytes, packedBytes = header.PackedBytes;
        if (levels < 0 || levels > plainBytes || levels > packedBytes) throw Error(column, offset, "the sizes of a page do not fit");
        if (!header.IsPacked) codec = PageCodec.None;
        try
        {
            if (plainBytes - levels > PageUnpacker.MostBytes(codec, packedBytes - levels))
                throw Error(column, offset, "a page claims more bytes than it can hold");
            byte[] buffer = Take(_packed);
            budget.Reserve(ref buffer, packedBytes);
            budget.Reserve(ref page, plainBytes);
            Span<byte> packed = buffer.AsSpan(0, packedBytes);
            Fill(offset, packed, column);
            if (header.Checksum is { } checksum && Crc32Stream.Of(packed) != checksum)
                throw Error(column, offset, "the checksum of a page does not match");
            packed[..levels].CopyTo(page);
            // Where no cell is there, nothing need be.
            bool isEmpty = plainBytes == levels && packedBytes == levels;
            if (!isEmpty && !PageUnpacker.TryUnpack(codec, packed[levels..], page.AsSpan(levels, plainBytes - levels)))
                throw Error(column, offset, "a page cannot be unpacked");
            _packed.Push(buffer);
        }
        catch (NotSupportedException e)
        {
            throw new DataFormatException($"{name}: {column} is {e.Message}, which cannot be read. Save it packed with snappy or zstd.", e);
        }
        catch (Exception e) when (e is not (DataFormatException or IOException or OutOfMemoryException))
        {
            // The codecs throw what they like.
            throw Error(column, offset, "a page cannot be unpacked", e);
        }
    }

    /// <summary>The error of something that is wrong at a place.</summary>
    public DataFormatException Error(string column, long offset, string what, Exception? cause = null)
    {
        string message = $"{name}: {what}, in {column} (at byte {offset}). The file is damaged; copy or save it again.";
        return cause is null ? new DataFormatException(message) : new DataFormatException(message, cause);
    }

    private void Fill(long offset, Span<byte> bytes, string column)
    {
        if (ReadAt(offset, bytes) < bytes.Length) throw Error(column, offset, "the file ends within a page");
    }

    private int ReadAt(long offset, Span<byte> bytes)
    {
        int read = 0;
        if (file is null)
        {
            stream.Position = offset;
            return stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        }

        for (int got; read < bytes.Length && (got = RandomAccess.Read(file, bytes[read..], offset + read)) > 0;) read += got;
        return read;
    }

    private static byte[] Take(ConcurrentStack<byte[]> buffers) => buffers.TryPop(out byte[]? buffer) ? buffer : [];
}
