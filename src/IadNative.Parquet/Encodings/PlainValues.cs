using System.Buffers.Binary;
using IadNative.Parquet.Metadata;
using IadNative.Parquet.Pages;

namespace IadNative.Parquet.Encodings;

/// <summary>
/// Rewrites values of all other encodings as plain ones, so that only those are to be understood: numbers one after the other, truth
/// values as bytes, texts each with its length before it.
/// </summary>
/// <param name="budget">What buffers may take.</param>
internal sealed class PlainValues(MemoryBudget budget)
{
    private readonly HybridDecoder _runs = new();
    private byte[] _bytes = [];
    private int[] _numbers = [];
    private int _used;

    /// <summary>Rewrites a page's values.</summary>
    /// <param name="page">The page.</param>
    /// <param name="start">Where values begin in it.</param>
    /// <param name="length">Their bytes.</param>
    /// <param name="encoding">How they are written.</param>
    /// <param name="element">What they are.</param>
    /// <param name="cells">The page's cells; there are no more values than these.</param>
    /// <returns>Where plain values are: the page itself where they are there already.</returns>
    /// <exception cref="InvalidDataException">They are damaged.</exception>
    /// <exception cref="NotSupportedException">The encoding is not read.</exception>
    public ArraySegment<byte> Rewrite(byte[] page, int start, int length, PageEncoding encoding, SchemaElement element, int cells)
    {
        ReadOnlySpan<byte> source = page.AsSpan(start, length);
        _used = 0;
        switch (encoding)
        {
            case PageEncoding.Plain when element.Physical == PhysicalType.Boolean:
                ExpandBits(source, cells);
                break;
            case PageEncoding.Plain:
                return new ArraySegment<byte>(page, start, length);
            case PageEncoding.Runs when element.Physical == PhysicalType.Boolean && length >= 4:
                ExpandRuns(page, start + 4, BinaryPrimitives.ReadInt32LittleEndian(source), cells);
                break;
            case PageEncoding.Differences when element.Physical is PhysicalType.Int32 or PhysicalType.Int64:
                AddDifferences(source, element.Physical == PhysicalType.Int32 ? 4 : 8, cells);
                break;
            case PageEncoding.Lengths when element.Physical == PhysicalType.ByteArray:
                Separate(source, cells);
                break;
            case PageEncoding.Prefixes when element.Physical is PhysicalType.ByteArray or PhysicalType.FixedBytes:
                Prefix(source, cells, element.Physical == PhysicalType.ByteArray);
                break;
            case PageEncoding.SplitBytes when WidthOf(element) is > 1 and var width:
                Join(source, width);
                break;
            default:
                throw new NotSupportedException($"written in encoding {(int)encoding}");
        }

        return new ArraySegment<byte>(_bytes, 0, _used);
    }

    /// <summary>Bytes of a plain value as it is here, 0 where they differ.</summary>
    public static int WidthOf(SchemaElement element) => element.Physical switch
    {
        PhysicalType.Boolean => 1,
        PhysicalType.Int32 or PhysicalType.Float => 4,
        PhysicalType.Int64 or PhysicalType.Double => 8,
        PhysicalType.Int96 => 12,
        PhysicalType.FixedBytes => element.Length,
        _ => 0,
    };

    private void ExpandBits(ReadOnlySpan<byte> source, int cells)
    {
        Span<byte> values = Take((int)Math.Min(cells, 8L * source.Length));
        for (int i = 0; i < values.Length; i++) values[i] = (byte)(source[i >> 3] >> (i & 7) & 1);
    }

    private void ExpandRuns(byte[] page, int start, int length, int cells)
    {
        // How many values there are is known when cells that are missing are; runs may hold a few more.
        _runs.Start(page, start, length, 1);
        budget.Reserve(ref _numbers, cells);
        int count = _runs.ReadUpTo(_numbers.AsSpan(0, cells));
        Span<byte> values = Take(count);
        for (int i = 0; i < count; i++) values[i] = (byte)_numbers[i];
    }

    private void AddDifferences(ReadOnlySpan<byte> source, int width, int cells)
    {
        var differences = new Differences(source);
        if (differences.Count > cells) throw new InvalidDataException("There are more differences than cells.");
        Span<byte> values = Take((long)width * differences.Count);
        for (; !values.IsEmpty; values = values[width..])
        {
            long value = differences.Next();
            if (width == 4) BinaryPrimitives.WriteInt32LittleEndian(values, unchecked((int)value));
            else BinaryPrimitives.WriteInt64LittleEndian(values, value);
        }
    }

    private void Separate(ReadOnlySpan<byte> source, int cells)
    {
        int[] lengths = ReadLengths(ref source, cells, out int count);
        for (int i = 0; i < count; i++)
        {
            int length = lengths[i];
            if (length > source.Length) throw new InvalidDataException("A text ends beyond its page.");
            Span<byte> value = Take(4L + length);
            BinaryPrimitives.WriteInt32LittleEndian(value, length);
            source[..length].CopyTo(value[4..]);
            source = source[length..];
        }
    }

    private void Prefix(ReadOnlySpan<byte> source, int cells, bool hasLengths)
    {
        int[] prefixes = ReadLengths(ref source, cells, out int count)[..count];
        int[] rests = ReadLengths(ref source, cells, out int restCount);
        if (count != restCount) throw new InvalidDataException("There are not as many rests as prefixes.");
        int last = 0, lastLength = 0;
        for (int i = 0; i < count; i++)
        {
            int rest = rests[i], prefix = prefixes[i];
            if (rest > source.Length || prefix > lastLength) throw new InvalidDataException("A text ends beyond its page.");
            Span<byte> value = Take((hasLengths ? 4L : 0) + prefix + rest);
            if (hasLengths) BinaryPrimitives.WriteInt32LittleEndian(value, prefix + rest);
            int at = _used - prefix - rest;
            _bytes.AsSpan(last, prefix).CopyTo(_bytes.AsSpan(at));
            source[..rest].CopyTo(_bytes.AsSpan(at + prefix));
            source = source[rest..];
            (last, lastLength) = (at, prefix + rest);
        }
    }

    private void Join(ReadOnlySpan<byte> source, int width)
    {
        int count = source.Length / width;
        Span<byte> values = Take((long)count * width);
        for (int k = 0; k < width; k++)
        {
            ReadOnlySpan<byte> bytes = source.Slice(k * count, count);
            for (int i = 0; i < count; i++) values[i * width + k] = bytes[i];
        }
    }

    private int[] ReadLengths(ref ReadOnlySpan<byte> source, int cells, out int count)
    {
        var lengths = new Differences(source);
        count = lengths.Count;
        if (count > cells) throw new InvalidDataException("There are more lengths than cells.");
        budget.Reserve(ref _numbers, count);
        for (int i = 0; i < count; i++)
        {
            long length = lengths.Next();
            _numbers[i] = length is >= 0 and <= int.MaxValue / 2 ? (int)length : throw new InvalidDataException("A length is none.");
        }

        source = source[lengths.Position..];
        return _numbers;
    }

    private Span<byte> Take(long count)
    {
        budget.Grow(ref _bytes, _used + count);
        _used += (int)count;
        return _bytes.AsSpan(_used - (int)count, (int)count);
    }
}
