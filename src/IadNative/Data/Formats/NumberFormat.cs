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

/// <summary>How one number is stored, and how arrays of it become float64.</summary>
/// <param name="Kind">The type.</param>
/// <param name="BigEndian">Whether its most significant byte comes first.</param>
internal readonly record struct NumberFormat(NumberKind Kind, bool BigEndian)
{
    /// <summary>Bytes of one number: 1, 2, 4 or 8.</summary>
    public int Size => Kind switch
    {
        NumberKind.Bool or NumberKind.Int8 or NumberKind.UInt8 => 1,
        NumberKind.Int16 or NumberKind.UInt16 or NumberKind.Float16 => 2,
        NumberKind.Int32 or NumberKind.UInt32 or NumberKind.Float32 => 4,
        _ => 8,
    };

    /// <summary>Turns stored numbers into float64; the bytes may be reordered in place.</summary>
    public void Decode(Span<byte> bytes, Span<double> values)
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
            case NumberKind.Float32: Convert<float>(bytes, values); break;
            case NumberKind.Float64: MemoryMarshal.Cast<byte, double>(bytes).CopyTo(values); break;
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

    private static void Convert<T>(ReadOnlySpan<byte> bytes, Span<double> values)
        where T : unmanaged, INumberBase<T>
    {
        ReadOnlySpan<T> numbers = MemoryMarshal.Cast<byte, T>(bytes);
        for (int i = 0; i < values.Length; i++)
            values[i] = double.CreateTruncating(numbers[i]);
    }
}
