using System.Text;

namespace IadNative.Tests.Data;

/// <summary>Writes MAT files of version 5, of either byte order.</summary>
internal sealed class MatFile(bool bigEndian = false)
{
    public const int ClassCell = 1, ClassChar = 4, ClassDouble = 6, ClassSingle = 7, ClassInt8 = 8, ClassUInt8 = 9, ClassInt16 = 10,
        ClassUInt16 = 11, ClassInt32 = 12, ClassUInt32 = 13, ClassInt64 = 14, ClassUInt64 = 15;

    private static readonly Dictionary<string, uint> s_types = new()
    {
        ["i1"] = 1, ["u1"] = 2, ["i2"] = 3, ["u2"] = 4, ["i4"] = 5, ["u4"] = 6, ["f4"] = 7, ["f8"] = 9, ["i8"] = 12, ["u8"] = 13,
    };

    /// <summary>A whole file of these elements.</summary>
    public byte[] File(params byte[][] elements) =>
    [
        .. Encoding.ASCII.GetBytes("MATLAB 5.0 MAT-file, made by a test".PadRight(124)), .. Int(0x0100, 2),
        .. bigEndian ? "MI"u8 : "IM"u8, .. elements.SelectMany(element => element),
    ];

    /// <summary>An array; the values are given column by column, and stored as the type named in NumPy's way.</summary>
    public byte[] Array(string name, int rows, int columns, double[] values, string type = "f8", int arrayClass = ClassDouble,
        uint flags = 0) => Matrix(arrayClass, flags, name, [rows, columns],
            Element(s_types[type], [.. values.SelectMany(value => Files.Number(type, bigEndian, value))]));

    public byte[] Matrix(int arrayClass, uint flags, string name, int[] shape, params byte[][] parts) => Element(14,
    [
        .. Element(6, [.. Int((uint)arrayClass | flags), .. Int(0)]),
        .. Element(5, [.. shape.SelectMany(length => Int((uint)length))]),
        .. Element(1, Encoding.ASCII.GetBytes(name)),
        .. parts.SelectMany(part => part),
    ]);

    /// <summary>An element, in the small format where at most four bytes are to be stored.</summary>
    public byte[] Element(uint type, byte[] data) => data.Length is > 0 and <= 4
        ? [.. Int((uint)data.Length << 16 | type), .. data, .. new byte[4 - data.Length]]
        : [.. Int(type), .. Int((uint)data.Length), .. data, .. new byte[(8 - data.Length % 8) % 8]];

    /// <summary>An element within a zlib stream.</summary>
    public byte[] Compressed(byte[] element) => CompressedRaw(Files.Zlib(element));

    public byte[] CompressedRaw(byte[] zlib) => [.. Int(15), .. Int((uint)zlib.Length), .. zlib];

    private byte[] Int(uint value, int size = 4)
    {
        byte[] bytes = BitConverter.GetBytes(value)[..size];
        if (bigEndian)
            System.Array.Reverse(bytes);
        return bytes;
    }
}
