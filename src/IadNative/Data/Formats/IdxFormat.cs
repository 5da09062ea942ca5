using System.Buffers.Binary;

namespace IadNative.Data.Formats;

/// <summary>
/// Reads IDX, the format of MNIST: two zero bytes, the type, the number of dimensions, each dimension as a big-endian 32-bit
/// number, the values in big-endian order with the last index running fastest.
/// </summary>
internal static class IdxFormat
{
    private const string Header = "the IDX header";

    /// <summary>Whether content that begins so is an IDX file; no other format begins with two zero bytes and a type.</summary>
    public static bool IsIdx(ReadOnlySpan<byte> head) =>
        head.Length >= 4 && head[0] == 0 && head[1] == 0 && KindOf(head[2]) != null && head[3] > 0;

    /// <summary>Opens an array, which must be all that the content holds.</summary>
    /// <param name="content">The bytes from the first zero on.</param>
    /// <param name="name">What messages call the array.</param>
    /// <param name="limits">The bounds.</param>
    /// <exception cref="DataFormatException">The content is no IDX file, or damaged.</exception>
    public static NumericArray Open(ContentStream content, string name, ReaderLimits limits)
    {
        Span<byte> bytes = stackalloc byte[4];
        content.Fill(bytes, Header);
        if (!IsIdx(bytes))
            throw content.Error($"{name} is no IDX file: it begins with {Convert.ToHexString(bytes)}, not with two zero bytes, " +
                "a type (08, 09, 0B, 0C, 0D or 0E) and a number of dimensions. Copy it again");
        var format = new NumberFormat(KindOf(bytes[2])!.Value, BigEndian: true);
        if (bytes[3] > limits.Dimensions)
            throw content.Error($"{name} has {bytes[3]} dimensions, more than the {limits.Dimensions} that can be read");

        long[] shape = new long[bytes[3]];
        for (int i = 0; i < shape.Length; i++)
        {
            content.Fill(bytes, Header);
            shape[i] = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        }
        return new NumericArray(name, shape, columnMajor: false, format, content, limits, () =>
        {
            if (!content.EndsHere())
                throw content.Error($"more bytes follow than {name} announces; its header is wrong. Copy or save it again");
        });
    }

    private static NumberKind? KindOf(byte type) => type switch
    {
        0x08 => NumberKind.UInt8,
        0x09 => NumberKind.Int8,
        0x0B => NumberKind.Int16,
        0x0C => NumberKind.Int32,
        0x0D => NumberKind.Float32,
        0x0E => NumberKind.Float64,
        _ => null,
    };
}
