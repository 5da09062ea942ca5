using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using IadNative.Data.Reading;
using IadNative.Messages;

namespace IadNative.Data.Formats;

/// <summary>
/// Reads MATLAB's MAT files of version 5 (saved with -v6 or -v7): a header of 128 bytes, then elements of a tag (type
/// and size) and data, each an array or a zlib stream that holds one. An array is itself a row of elements: flags,
/// dimensions, name, real part. The real part is often stored as a smaller type than the array's class.
/// The matrix and the labels are chosen as <see cref="ArrayChoice"/> says; other variables are passed over unread.
/// </summary>
internal sealed class MatFormat
{
    /// <summary>Bytes of the header.</summary>
    public const int HeaderBytes = 128;

    private const uint TypeMatrix = 14;
    private const uint TypeCompressed = 15;
    private const int ClassDouble = 6;
    private const int ClassUInt64 = 15;
    private const uint FlagComplex = 0x0800;

    private readonly ContentStream _file;
    private readonly ReadRequest _request;
    private readonly bool _bigEndian;
    private readonly List<string> _names = [];
    private readonly Dictionary<int, NumericArray> _arrays = [];
    private int _notLabels;

    private MatFormat(ContentStream file, ReadRequest request, bool bigEndian)
    {
        _file = file;
        _request = request;
        _bigEndian = bigEndian;
    }

    /// <summary>Whether content that begins so is a MAT file of version 5 or later: the byte order mark tells.</summary>
    public static bool IsMat(ReadOnlySpan<byte> head) =>
        Is73(head) || head.Length >= HeaderBytes &&
            (head[124..128].SequenceEqual("\0\u0001IM"u8) || head[124..128].SequenceEqual("\u0001\0MI"u8));

    /// <summary>Reads the table.</summary>
    /// <param name="content">The file from its header on.</param>
    /// <param name="request">What is asked for; the label is the array's name, and null takes <c>y</c> if there is one.</param>
    /// <exception cref="DataFormatException">The file is damaged, of version 7.3, or lacks the arrays.</exception>
    public static TableReader Open(ContentStream content, ReadRequest request)
    {
        if (Is73(content.Head(HeaderBytes)))
            throw content.Error("this is a MAT file of version 7.3 (HDF5), which cannot be read; save it with -v7");
        Span<byte> header = stackalloc byte[HeaderBytes];
        content.Fill(header, "the MAT header");
        return new MatFormat(content, request, header[126] == 'M').Open();
    }

    private static bool Is73(ReadOnlySpan<byte> head) =>
        head.Length >= HeaderBytes &&
            (head[124..128].SequenceEqual("\0\u0002IM"u8) || head[124..128].SequenceEqual("\u0002\0MI"u8));

    private ArrayReader Open()
    {
        while (ReadTag(_file, out Tag tag))
        {
            if (tag.Type == TypeMatrix)
                ReadArray(_file, tag.Size);
            else if (tag.Type == TypeCompressed)
                ReadCompressed(tag.Size);
            else
                _file.Skip(tag.Stored, "a data element");
        }
        (int matrix, int labels) = ArrayChoice.Choose(_names, _request.Options.Label, _file.Name);
        return ArrayReader.Open(_file.Name, _arrays[matrix], labels < 0 ? null : _arrays[labels], _request);
    }

    private void ReadCompressed(long size)
    {
        if (_file.Remaining < size)
            throw _file.Error($"a compressed variable of {size} bytes is announced, but only {_file.Remaining} " +
                "follow; the file is cut short. Copy or save it again");
        using var packed = new ContentStream(_file, _file.Name, size, _file.Cancellation, _file.Memory);
        using var zlib = new ZLibStream(packed, CompressionMode.Decompress, leaveOpen: true);
        using var bounded = new InflatedStream(zlib, packed, _file.Name, () => packed.Offset, _request.Limits);
        using var unpacked = new ContentStream(bounded, $"{_file.Name}, in a compressed variable", null, _file.Cancellation, _file.Memory);
        if (!ReadTag(unpacked, out Tag tag) || tag.Type != TypeMatrix)
            throw unpacked.Error("a compressed element holds no array; the file is damaged. Save it again");
        ReadArray(unpacked, tag.Size);
        // The stream's end is read too: there the decompressor compares the checksum.
        if (!unpacked.EndsHere())
            throw unpacked.Error("more bytes follow than the variable announces; the file is damaged. Save it again");
        _file.Skip(size - packed.Offset, "a compressed variable");
    }

    private void ReadArray(ContentStream stream, long size)
    {
        long end = stream.Offset + size;
        if (size == 0)
            return;
        uint flags = ReadFlags(stream, end);
        long[] shape = ReadShape(stream, end);
        string name = ReadName(stream, end);
        bool isNumeric = (flags & 0xFF) is >= ClassDouble and <= ClassUInt64;
        if (isNumeric)
        {
            _names.Add(name);
            if (IsWanted(name))
            {
                if ((flags & FlagComplex) != 0)
                    throw stream.Error($"the array {ForeignText.Quote(name)} is complex; real numbers are expected");
                _arrays[_names.Count - 1] = ReadReal(stream, end, name, shape);
            }
        }
        stream.Skip(end - stream.Offset, "an array");
    }

    /// <summary>Labels and matrix are wanted; so is the first other array, which is the matrix if no other comes.</summary>
    private bool IsWanted(string name) =>
        name == (_request.Options.Label ?? NumericArray.LabelName) || ++_notLabels == 1 || name == NumericArray.MatrixName;

    private uint ReadFlags(ContentStream stream, long end)
    {
        Tag tag = ReadPart(stream, end, "an array's flags");
        if (tag.Type != 6 || tag.Size != 8)
            throw stream.Error("an array's flags are damaged. Save the file again");
        Span<byte> bytes = stackalloc byte[8];
        stream.Fill(bytes, "an array's flags");
        return ToUInt32(bytes);
    }

    private long[] ReadShape(ContentStream stream, long end)
    {
        Tag tag = ReadPart(stream, end, "an array's dimensions");
        if (tag.Type != 5 || tag.Size % 4 != 0 || tag.Size < 8 || tag.Size > 4 * _request.Limits.Dimensions)
            throw stream.Error("an array's dimensions are damaged. Save the file again");
        byte[] bytes = new byte[tag.Stored];
        stream.Fill(bytes, "an array's dimensions");
        long[] shape = new long[tag.Size / 4];
        for (int i = 0; i < shape.Length; i++)
            shape[i] = (int)ToUInt32(bytes.AsSpan(4 * i));
        return shape;
    }

    private string ReadName(ContentStream stream, long end)
    {
        Tag tag = ReadPart(stream, end, "an array's name");
        if (tag.Type is not (1 or 16) || tag.Size > _request.Limits.MatNameBytes)
            throw stream.Error("an array's name is damaged. Save the file again");
        byte[] bytes = new byte[tag.Stored];
        stream.Fill(bytes, "an array's name");
        return Encoding.UTF8.GetString(bytes, 0, (int)tag.Size);
    }

    private NumericArray ReadReal(ContentStream stream, long end, string name, long[] shape)
    {
        string what = $"the array {ForeignText.Quote(name)}";
        Tag tag = ReadPart(stream, end, what);
        var format = new NumberFormat(tag.Type switch
        {
            1 => NumberKind.Int8,
            2 => NumberKind.UInt8,
            3 => NumberKind.Int16,
            4 => NumberKind.UInt16,
            5 => NumberKind.Int32,
            6 => NumberKind.UInt32,
            7 => NumberKind.Float32,
            9 => NumberKind.Float64,
            12 => NumberKind.Int64,
            13 => NumberKind.UInt64,
            _ => throw stream.Error($"{what} is stored as the unknown type {tag.Type}. Save the file again"),
        }, _bigEndian);
        long count = NumericArray.CountValues(shape, stream, what, _request.Limits);
        if (tag.Size != count * format.Size)
            throw stream.Error($"{what} announces {count} values, but {tag.Size} bytes for them. Save the file again");
        return new NumericArray(ForeignText.Shorten(name), shape, columnMajor: true, format, stream, _request.Limits);
    }

    /// <summary>The tag of a part of an array, which must lie within it.</summary>
    private Tag ReadPart(ContentStream stream, long end, string what) =>
        ReadTag(stream, out Tag tag) && stream.Offset + tag.Stored <= end
            ? tag
            : throw stream.Error($"{what} reaches beyond its variable; the file is damaged. Save it again");

    /// <summary>
    /// Reads a tag: type and size of 32 bits each; or, where the upper half of the first is not 0, size and type of 16
    /// bits each, up to four bytes of data in place of the second, which are left to be read.
    /// </summary>
    /// <returns>False at the end of the content.</returns>
    private bool ReadTag(ContentStream stream, out Tag tag)
    {
        tag = default;
        Span<byte> bytes = stackalloc byte[4];
        int first = stream.ReadByte();
        if (first < 0)
            return false;
        bytes[0] = (byte)first;
        stream.Fill(bytes[1..], "a data element's tag");
        uint type = ToUInt32(bytes);
        if (type >> 16 != 0)
        {
            tag = new Tag(type & 0xFFFF, type >> 16, 4);
            return tag.Size <= 4
                ? true
                : throw stream.Error("a small data element claims more than four bytes. Save the file again");
        }
        stream.Fill(bytes, "a data element's tag");
        uint size = ToUInt32(bytes);
        tag = new Tag(type, size, (size + 7L) / 8 * 8);
        return true;
    }

    private uint ToUInt32(ReadOnlySpan<byte> bytes) =>
        _bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    /// <summary>A data element: its type, its bytes, and its bytes with padding.</summary>
    private readonly record struct Tag(uint Type, long Size, long Stored);
}
