using System.Buffers.Binary;

namespace IadNative.Tests.Data;

/// <summary>Writes IDX files.</summary>
internal static class IdxFile
{
    /// <summary>An IDX file of that type: the type's code and its name in NumPy.</summary>
    public static byte[] File(byte code, string type, uint[] shape, double[] values)
    {
        byte[] sizes = new byte[4 * shape.Length];
        for (int i = 0; i < shape.Length; i++)
            BinaryPrimitives.WriteUInt32BigEndian(sizes.AsSpan(4 * i), shape[i]);
        return [0, 0, code, (byte)shape.Length, .. sizes, .. values.SelectMany(value => Files.Number(type, true, value))];
    }

    /// <summary>An IDX file of bytes.</summary>
    public static byte[] Bytes(uint[] shape, double[] values) => File(0x08, "u1", shape, values);
}
