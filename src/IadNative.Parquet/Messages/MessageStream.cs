using System.Buffers.Binary;
using IadNative.Data.Formats;

namespace IadNative.Parquet.Messages;

/// <summary>
/// An Arrow stream on its way to Arrow's reader, message by message: each is four bytes of ones, the length of its metadata, the
/// metadata, and a body. It is checked as it passes, and where it ends before its time, that is an error.
/// </summary>
/// <param name="content">The stream, from its first message on.</param>
internal sealed class MessageStream(ContentStream content) : ReadOnlyForwardStream
{
    private const int Continuation = -1;
    private const int PrefixBytes = 8;
    private const int FirstMetadata = 64 << 10;

    private byte[] _metadata = new byte[FirstMetadata];
    private int _start;
    private int _end;
    private long _body;

    /// <summary>Whether the stream's last message was met, or the stream has ended where one could be.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Whether the stream has ended without saying so.</summary>
    public bool IsOpenEnded { get; private set; }

    /// <inheritdoc/>
    /// <exception cref="DataFormatException">The stream is damaged or cut short.</exception>
    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty) return 0;
        if (_start == _end && _body == 0 && !HasEnded) NextMessage();
        int count;
        if (_start < _end)
        {
            count = Math.Min(buffer.Length, _end - _start);
            _metadata.AsSpan(_start, count).CopyTo(buffer);
            _start += count;
            return count;
        }

        if (_body == 0) return 0;
        count = content.Read(buffer[..(int)Math.Min(buffer.Length, _body)]);
        if (count == 0) throw content.Error("the Arrow stream ends within a batch of rows; it is cut short. Copy or save it again");
        _body -= count;
        return count;
    }

    private void NextMessage()
    {
        const string Where = "a message";
        int got = content.ReadAtLeast(_metadata.AsSpan(0, 4), 4, throwOnEndOfStream: false);
        if (got == 0)
        {
            (HasEnded, IsOpenEnded) = (true, true);
            return;
        }

        if (got < 4) throw content.Error("the file ends within a message; it is cut short. Copy or save it again");
        int length = BinaryPrimitives.ReadInt32LittleEndian(_metadata);
        // Before version 0.15 there were no ones.
        if (length == Continuation)
        {
            content.Fill(_metadata.AsSpan(0, 4), Where);
            length = BinaryPrimitives.ReadInt32LittleEndian(_metadata);
        }

        if (length < 0 || length > content.Remaining) throw Damaged("a message is longer than the file");
        HasEnded = length == 0;
        if (HasEnded) return;
        // The bytes are waited for before there is room for all of them.
        for (int filled = 0; filled < length;)
        {
            if (_metadata.Length - PrefixBytes == filled)
                Array.Resize(ref _metadata, (int)Math.Min(2L * _metadata.Length, Array.MaxLength));
            int part = Math.Min(length, _metadata.Length - PrefixBytes) - filled;
            content.Fill(_metadata.AsSpan(PrefixBytes + filled, part), Where);
            filled += part;
        }

        BinaryPrimitives.WriteInt32LittleEndian(_metadata, Continuation);
        BinaryPrimitives.WriteInt32LittleEndian(_metadata.AsSpan(4), length);
        (_start, _end) = (0, PrefixBytes + length);
        try
        {
            _body = MessageCheck.BodyLength(_metadata.AsSpan(PrefixBytes, length));
        }
        catch (InvalidDataException e)
        {
            throw Damaged("a message is damaged", e);
        }
        catch (NotSupportedException e)
        {
            throw new DataFormatException($"{content.Name}: {e.Message}, which cannot be read. Save it on an ordinary machine.", e);
        }

        if (_body > content.Remaining) throw Damaged("a batch of rows is longer than the file");
    }

    private DataFormatException Damaged(string what, Exception? cause = null) =>
        content.Error($"{what}; the Arrow data are cut short or damaged. Copy or save them again", cause);
}
