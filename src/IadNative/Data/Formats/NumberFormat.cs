using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace IadNative.Data.Formats;

/// <summary>The number types that NPY, MAT and IDX store.</summary>
internal enum NumberKind
{
    Bool,
    Int8,
    Int16,
    Int32,
    Int64,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
    Float16,
    Float32,
    Float64,
}

/// <summary>How one number is stored, and how arrays of it become float32.</summary>
/// <param name="Kind">The type.</param>
/// <param name="BigEndian">Whether its most significant byte comes first.</param>
internal readonly record struct NumberFormat(NumberKind Kind, bool BigEndian)
{
    private const int ChunkBytes = 32 << 10;

    /// <summary>Bytes of one number: 1, 2, 4 or 8.</summary>
    public int Size => Kind switch
    {
        NumberKind.Bool or NumberKind.Int8 or NumberKind.UInt8 => 1,
        NumberKind.Int16 or NumberKind.UInt16 or NumberKind.Float16 => 2,
        NumberKind.Int32 or NumberKind.UInt32 or NumberKind.Float32 => 4,
        _ => 8,
    };

    /// <summary>
    /// Reads <paramref name="count"/> numbers. Where it is not known that so many bytes follow, they are gathered first, so that
    /// no memory is taken for numbers that do not come. A number beyond float32 becomes infinite.
    /// </summary>
    /// <exception cref="DataFormatException">There are fewer numbers, or more than an array can hold.</exception>
    public float[] Read(ContentStream content, long count, string what, ReaderLimits limits)
    {
        if (count > limits.Values)
            throw content.Error($"{what} has {count} values, more than the {limits.Values} that can be read. Split it");
        if (content.Remaining < count * Size)
            throw content.Error($"{what} announces {count} values ({count * Size} bytes), but only {content.Remaining} " +
                "bytes follow; the file is cut short or its header is wrong. Copy or save it again");

        long bytes = count * Size;
        Queue<byte[]>? gathered = content.Remaining == null ? Gather(content, bytes, what) : null;
        float[] values = new float[count];
        byte[] chunk = new byte[gathered == null ? Math.Min(bytes, ChunkBytes) : 0];
        for (int done = 0; done < count;)
        {
            int n = (int)Math.Min(count - done, ChunkBytes / Size);
            if (gathered == null)
                content.Fill(chunk.AsSpan(0, n * Size), what);
            else
                chunk = gathered.Dequeue();
            Decode(chunk.AsSpan(0, n * Size), values.AsSpan(done, n));
            done += n;
        }
        return values;
    }

    private static Queue<byte[]> Gather(ContentStream content, long bytes, string what)
    {
        var chunks = new Queue<byte[]>();
        for (long left = bytes; left > 0; left -= ChunkBytes)
        {
            byte[] chunk = new byte[Math.Min(left, ChunkBytes)];
            content.Fill(chunk, what);
            chunks.Enqueue(chunk);
        }
        return chunks;
    }

    /// <summary>Turns stored numbers into float32; the bytes may be reordered in place.</summary>
    private void Decode(Span<byte> bytes, Span<float> values)
    {
        if (BigEndian == BitConverter.IsLittleEndian)
            ReverseEach(bytes);
        switch (Kind)
        {
            case NumberKind.Bool:
                for (int i = 0; i < values.Length; i++)
                    values[i] = bytes[i] == 0 ? 0 : 1;
                break;
            case NumberKind.Int8: Convert<sbyte>(bytes, values); break;
            case NumberKind.Int16: Convert<short>(bytes, values); break;
            case NumberKind.Int32: Convert<int>(bytes, values); break;
            case NumberKind.Int64: Convert<long>(bytes, values); break;
            case NumberKind.UInt8: Convert<byte>(bytes, values); break;
            case NumberKind.UInt16: Convert<ushort>(bytes, values); break;
            case NumberKind.UInt32: Convert<uint>(bytes, values); break;
            case NumberKind.UInt64: Convert<ulong>(bytes, values); break;
            case NumberKind.Float16: Convert<Half>(bytes, values); break;
            case NumberKind.Float32: MemoryMarshal.Cast<byte, float>(bytes).CopyTo(values); break;
            case NumberKind.Float64: Convert<double>(bytes, values); break;
        }
    }

    private void ReverseEach(Span<byte> bytes)
    {
        switch (Size)
        {
            case 2:
                Span<ushort> two = MemoryMarshal.Cast<byte, ushort>(bytes);
                BinaryPrimitives.ReverseEndianness(two, two);
                break;
            case 4:
                Span<uint> four = MemoryMarshal.Cast<byte, uint>(bytes);
                BinaryPrimitives.ReverseEndianness(four, four);
                break;
            case 8:
                Span<ulong> eight = MemoryMarshal.Cast<byte, ulong>(bytes);
                BinaryPrimitives.ReverseEndianness(eight, eight);
                break;
        }
    }

    private static void Convert<T>(ReadOnlySpan<byte> bytes, Span<float> values)
        where T : unmanaged, INumberBase<T>
    {
        ReadOnlySpan<T> numbers = MemoryMarshal.Cast<byte, T>(bytes);
        for (int i = 0; i < values.Length; i++)
            values[i] = float.CreateTruncating(numbers[i]);
    }
}
