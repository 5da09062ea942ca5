using System.Buffers.Binary;
using System.Text;

namespace IadNative.Data.Formats;

/// <summary>
/// Reads NumPy's NPY, versions 1 to 3: the magic <c>\x93NUMPY</c>, major and minor version, the header's length (two bytes
/// in version 1, four after), the header (<see cref="NpyHeader"/>), the values.
/// </summary>
internal static class NpyFormat
{
    /// <summary>The first bytes of every NPY file.</summary>
    public static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Opens an array, which must be all that the content holds.</summary>
    /// <param name="content">The bytes from the magic on.</param>
    /// <param name="name">What messages call the array.</param>
    /// <param name="limits">The bounds.</param>
    /// <exception cref="DataFormatException">The content is damaged or of a type that is no plain number.</exception>
    public static NumericArray Open(ContentStream content, string name, ReaderLimits limits)
    {
        Span<byte> prefix = stackalloc byte[12];
        content.Fill(prefix[..8], "the NPY header");
        if (!prefix.StartsWith(Magic))
            throw content.Error($"{name} is no NPY array. Save it with numpy.save or numpy.savez");
        int version = prefix[6];
        if (version is < 1 or > 3)
            throw content.Error($"NPY version {version} is not known; versions 1 to 3 are. Save it with a current NumPy");
        int lengthBytes = version == 1 ? 2 : 4;
        content.Fill(prefix.Slice(8, lengthBytes), "the NPY header");
        uint length = version == 1
            ? BinaryPrimitives.ReadUInt16LittleEndian(prefix[8..])
            : BinaryPrimitives.ReadUInt32LittleEndian(prefix[8..]);
        if (length > limits.NpyHeaderBytes)
            throw content.Error($"the NPY header claims {length} bytes, more than the {limits.NpyHeaderBytes} of any real one");
        byte[] header = new byte[length];
        content.Fill(header, "the NPY header");

        var parsed = NpyHeader.Parse(Encoding.Latin1.GetString(header), content, limits);
        return new NumericArray(name, parsed.Shape, parsed.FortranOrder, parsed.Format, content, limits, () =>
        {
            if (!content.EndsHere())
                throw content.Error($"more bytes follow than {name} announces; its header is wrong. Save it again");
        });
    }
}
