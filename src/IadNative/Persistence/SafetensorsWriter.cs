using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using IadNative.Messages;

namespace IadNative.Persistence;

/// <summary>
/// Collects named tensors and metadata and writes them as one safetensors file. The same content gives the same bytes.
/// </summary>
/// <remarks>
/// The header is padded with spaces to a multiple of 8 bytes and tensors of 8-byte elements come first, so that a reader
/// that maps the file finds every tensor aligned to its elements.
/// </remarks>
internal sealed class SafetensorsWriter
{
    private const int Alignment = 8;

    private readonly List<(string Name, string ElementType, int[] Shape, byte[] Data)> _tensors = [];
    private readonly HashSet<string> _names = [SafetensorsHeader.MetadataKey];

    /// <summary>The text to store as the header's <c>__metadata__</c>.</summary>
    public SortedDictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether the file gets a checksum (see <see cref="SafetensorsChecksum"/>).</summary>
    public bool IsSealed { get; init; }

    /// <summary>Adds a tensor; the values are copied.</summary>
    /// <typeparam name="T">float, double, int or long.</typeparam>
    /// <param name="name">A name not yet taken.</param>
    /// <param name="shape">Its dimensions, outermost first; none for a scalar.</param>
    /// <param name="values">Its values, row-major.</param>
    /// <exception cref="ArgumentException">The name is taken or reserved, or the shape does not fit the values.</exception>
    /// <exception cref="OverflowException">The shape has more than 2^63 - 1 elements.</exception>
    public void Add<T>(string name, int[] shape, ReadOnlySpan<T> values) where T : unmanaged
    {
        SafetensorsElement.RequireLittleEndianHost();
        if (_names.Contains(name))
        {
            throw new ArgumentException($"The tensor name {ForeignText.Quote(name)} is already taken; choose another.", nameof(name));
        }

        long count = 1;
        foreach (int dimension in shape)
        {
            count = checked(count * dimension);
        }

        if (count != values.Length || shape.Any(dimension => dimension < 0))
        {
            throw new ArgumentException(
                $"Tensor {ForeignText.Quote(name)} of shape [{string.Join(", ", shape)}] cannot hold {values.Length} values.", nameof(shape));
        }

        _names.Add(name);
        _tensors.Add((name, SafetensorsElement.NameOf<T>(), [.. shape], MemoryMarshal.AsBytes(values).ToArray()));
    }

    /// <summary>Writes the file; the stream need not be seekable.</summary>
    public void Write(Stream stream)
    {
        var ordered = _tensors.OrderByDescending(t => SafetensorsElement.SizeOf(t.ElementType)).ToList();
        if (IsSealed) Metadata[SafetensorsChecksum.Key] = SafetensorsChecksum.Placeholder;
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            WriteMetadata(json);
            long position = 0;
            foreach ((string name, string elementType, int[] shape, byte[] data) in ordered)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", elementType);
                json.WriteStartArray("shape");
                foreach (int dimension in shape)
                {
                    json.WriteNumberValue(dimension);
                }

                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(position);
                json.WriteNumberValue(position += data.Length);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        int padding = -buffer.WrittenCount & (Alignment - 1);
        buffer.GetSpan(padding)[..padding].Fill((byte)' ');
        buffer.Advance(padding);

        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)buffer.WrittenCount);
        byte[] header = buffer.WrittenSpan.ToArray();
        if (IsSealed) SafetensorsChecksum.Seal(length, header, ordered.Select(tensor => tensor.Data));
        stream.Write(length);
        stream.Write(header);
        foreach ((_, _, _, byte[] data) in ordered)
        {
            stream.Write(data);
        }
    }

    private void WriteMetadata(Utf8JsonWriter json)
    {
        if (Metadata.Count == 0)
        {
            return;
        }

        json.WriteStartObject(SafetensorsHeader.MetadataKey);
        foreach ((string key, string value) in Metadata)
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }
}
