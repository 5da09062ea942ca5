using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace IadNative.Persistence;

/// <summary>
/// The content of a safetensors file, in memory: named tensors and string metadata.
/// </summary>
/// <remarks>
/// The file is 8 bytes of little-endian header length N, N bytes of JSON (see <see cref="SafetensorsHeader"/>), then the
/// tensors' bytes, little-endian and row-major, without gaps or overlaps. The file is taken to be hostile: every number is
/// checked before it is used, and memory grows with the bytes that really arrive, never with what the header promises. Reading allocates
/// no more than <see cref="BytesPerByte"/> bytes for each byte of the file. Where there is a checksum (<see cref="SafetensorsChecksum"/>), it must be right.
/// Whether values are finite is for the caller to check.
/// </remarks>
internal sealed class SafetensorsFile
{
    /// <summary>The longest header that is read, in bytes; other implementations have the same limit.</summary>
    public const int MaxHeaderLength = 100_000_000;

    /// <summary>Bytes that reading allocates for each byte of the file at most, beside a buffer of 16 KiB.</summary>
    public const int BytesPerByte = 8;

    private const int FirstBuffer = 16 * 1024;

    private readonly string _name;
    private readonly SafetensorsHeader _header;
    private readonly byte[] _data;

    private SafetensorsFile(string name, SafetensorsHeader header, byte[] data)
    {
        _name = name;
        _header = header;
        _data = data;
    }

    /// <summary>The header's <c>__metadata__</c>; empty when there is none.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>Whether the file has a checksum, which is then right.</summary>
    public bool IsSealed { get; private init; }

    /// <summary>Bytes of all tensors together.</summary>
    public long DataLength => _data.Length;

    /// <summary>Reads a file to its end.</summary>
    /// <param name="stream">The file, at its first byte; it need not be seekable.</param>
    /// <param name="name">What messages call the file.</param>
    /// <exception cref="ModelFormatException">The content is not a well-formed file.</exception>
    public static SafetensorsFile Read(Stream stream, string name)
    {
        SafetensorsElement.RequireLittleEndianHost();
        byte[] prefix = ReadExactly(stream, sizeof(ulong), name, "header length");
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerLength > MaxHeaderLength)
        {
            throw Damaged(name, $"the header claims {headerLength} bytes; at most {MaxHeaderLength} are allowed.");
        }

        byte[] json = ReadExactly(stream, (int)headerLength, name, "header");
        SafetensorsHeader header = SafetensorsHeader.Parse(json, name);
        byte[] data = ReadExactly(stream, header.DataLength, name, "tensor data");
        if (stream.ReadByte() >= 0)
        {
            throw Damaged(name, $"more bytes follow the {header.DataLength} bytes of tensor data that the header lists.");
        }

        string? digits = header.Metadata.GetValueOrDefault(SafetensorsChecksum.Key);
        if (digits is not null) SafetensorsChecksum.Check(name, digits, prefix, json, data);
        return new SafetensorsFile(name, header, data) { IsSealed = digits is not null };
    }

    /// <summary>Whether the file holds a tensor of this name.</summary>
    public bool Contains(string tensor) => _header.TryFind(tensor, out _);

    /// <summary>A copy of a float32 tensor's values, row-major.</summary>
    /// <param name="tensor">The tensor's name.</param>
    /// <param name="expectedShape">The shape it must have; none for a scalar.</param>
    /// <exception cref="ModelFormatException">There is no such tensor, or its type or shape is another.</exception>
    public float[] Float32(string tensor, params int[] expectedShape) => Values<float>(tensor, expectedShape);

    /// <inheritdoc cref="Float32"/>
    /// <summary>A copy of a float64 tensor's values, row-major.</summary>
    public double[] Float64(string tensor, params int[] expectedShape) => Values<double>(tensor, expectedShape);

    /// <inheritdoc cref="Float32"/>
    /// <summary>A copy of an int32 tensor's values, row-major.</summary>
    public int[] Int32(string tensor, params int[] expectedShape) => Values<int>(tensor, expectedShape);

    /// <inheritdoc cref="Float32"/>
    /// <summary>A copy of an int64 tensor's values, row-major.</summary>
    public long[] Int64(string tensor, params int[] expectedShape) => Values<long>(tensor, expectedShape);

    /// <summary>The exception for a file that breaks the format.</summary>
    internal static ModelFormatException Damaged(string name, string problem, Exception? inner = null) => new(
        name,
        problem,
        "The file is damaged or not a model file; get an intact copy, or fit and save the model again.",
        inner);

    private T[] Values<T>(string tensor, int[] expectedShape) where T : unmanaged
    {
        if (!_header.TryFind(tensor, out SafetensorsEntry entry)) throw Unexpected($"tensor '{tensor}' is missing; {Expected()} was expected.");
        long[] shape = _header.ShapeOf(entry);
        bool isSame = shape.Length == expectedShape.Length && entry.ElementType == SafetensorsElement.NameOf<T>();
        for (int i = 0; isSame && i < shape.Length; i++) isSame = shape[i] == expectedShape[i];
        if (!isSame)
        {
            throw Unexpected($"tensor '{tensor}' is {entry.ElementType} of shape [{string.Join(", ", shape)}]; {Expected()} was expected.");
        }

        return MemoryMarshal.Cast<byte, T>(_data.AsSpan((int)entry.Begin, (int)(entry.End - entry.Begin))).ToArray();

        string Expected() => $"{SafetensorsElement.NameOf<T>()} of shape [{string.Join(", ", expectedShape)}]";
    }

    private ModelFormatException Unexpected(string problem) =>
        new(_name, problem, "Use the version that saved the model, or fit and save it again.");

    /// <summary>Reads that many bytes into a buffer that doubles as bytes arrive.</summary>
    private static byte[] ReadExactly(Stream stream, int count, string name, string what)
    {
        byte[] buffer = new byte[Math.Min(count, FirstBuffer)];
        int filled = 0;
        while (filled < count)
        {
            if (filled == buffer.Length)
            {
                Array.Resize(ref buffer, (int)Math.Min(count, 2L * buffer.Length));
            }

            int read = stream.Read(buffer, filled, buffer.Length - filled);
            if (read == 0)
            {
                throw Damaged(name, $"the file ends after {filled} of {count} bytes of its {what}.");
            }

            filled += read;
        }

        return buffer;
    }
}
