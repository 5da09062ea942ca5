using IadNative.Messages;

namespace IadNative.Data.Formats;

/// <summary>
/// Decompressed bytes on their way to a format reader: bounds their number by the compressed bytes used so far, and turns
/// a decompressor's complaints into <see cref="DataFormatException"/>.
/// </summary>
internal sealed class InflatedStream : ReadOnlyForwardStream
{
    private readonly Stream _decompressor;
    private readonly ContentStream _packed;
    private readonly string _name;
    private readonly Func<long> _packedBytes;
    private readonly ReaderLimits _limits;
    private long _count;

    /// <summary>Bounds what <paramref name="decompressor"/> makes of <paramref name="packed"/>.</summary>
    /// <param name="decompressor">Where the decompressed bytes come from.</param>
    /// <param name="packed">The compressed content.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="packedBytes">The compressed bytes used so far.</param>
    /// <param name="limits">The bounds.</param>
    public InflatedStream(Stream decompressor, ContentStream packed, string name, Func<long> packedBytes,
        ReaderLimits limits)
    {
        _decompressor = decompressor;
        _packed = packed;
        _name = name;
        _packedBytes = packedBytes;
        _limits = limits;
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        int got;
        try
        {
            got = _decompressor.Read(buffer);
        }
        catch (Exception e) when (e is InvalidDataException or ZstdSharp.ZstdException || e is IOException && !_packed.Failed)
        {
            throw new DataFormatException($"{_name}: the compressed data is damaged or cut short " +
                $"({ForeignText.Shorten(e.Message.TrimEnd('.'), ForeignText.LongestReason)}). Copy or pack the file again.", e);
        }
        _count += got;
        if (_count > _limits.InflatedFloor + _limits.InflatedRatio * _packedBytes())
            throw new DataFormatException($"{_name}: the compressed data unpacks to {_limits.InflatedFloor} bytes and " +
                $"more than {_limits.InflatedRatio} times its size. {ReaderLimits.Remedy}");
        return got;
    }
}
