using System.Text.Json;
using IadNative.Messages;

namespace IadNative.Persistence;

/// <summary>Where a tensor's bytes lie in the data that follows the header, and what they are.</summary>
internal sealed record SafetensorsEntry(string ElementType, long[] Shape, long Begin, long End);

/// <summary>
/// The JSON header of a safetensors file, checked: an object of
/// <c>"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}</c> and an optional
/// <c>"__metadata__": {"key": "text"}</c>.
/// </summary>
internal sealed class SafetensorsHeader
{
    /// <summary>The key that holds metadata instead of a tensor.</summary>
    public const string MetadataKey = "__metadata__";

    // The root, a tensor, its shape.
    private const int MaxDepth = 3;

    // A shape costs 2 bytes of header and 8 of memory for each dimension; the limit keeps memory near the header's size.
    private const int MaxDimensions = 32;

    private readonly string _file;

    private SafetensorsHeader(string file) => _file = file;

    /// <summary>The tensors by name.</summary>
    public Dictionary<string, SafetensorsEntry> Entries { get; } = new(StringComparer.Ordinal);

    /// <summary>The metadata.</summary>
    public Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    /// <summary>The bytes that all tensors take.</summary>
    public int DataLength { get; private set; }

    /// <summary>Parses and checks a header.</summary>
    /// <exception cref="ModelFormatException">The header is malformed.</exception>
    public static SafetensorsHeader Parse(ReadOnlySpan<byte> json, string file)
    {
        SafetensorsHeader header = new(file);
        Utf8JsonReader reader = new(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            header.ReadRoot(ref reader);
        }
        catch (JsonException e)
        {
            throw SafetensorsFile.Damaged(file, "the header is not valid JSON.", e);
        }

        header.CheckLayout();
        return header;
    }

    private void ReadRoot(ref Utf8JsonReader reader)
    {
        bool metadataSeen = false;
        reader.Read();
        Require(reader.TokenType == JsonTokenType.StartObject, "the header", "must be an object.");
        while (NextProperty(ref reader, "the header", out string name))
        {
            if (name == MetadataKey)
            {
                Require(!metadataSeen, MetadataKey, "appears twice.");
                metadataSeen = true;
                ReadMetadata(ref reader);
            }
            else
            {
                SafetensorsEntry entry = ReadEntry(ref reader, Tensor(name));
                Require(Entries.TryAdd(name, entry), Tensor(name), "appears twice.");
            }
        }

        // Nothing but white space may follow; the reader throws on anything else.
        reader.Read();
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        Require(reader.TokenType == JsonTokenType.StartObject, MetadataKey, "must be an object.");
        while (NextProperty(ref reader, MetadataKey, out string key))
        {
            string value = Text(ref reader, MetadataKey);
            Require(Metadata.TryAdd(key, value), MetadataKey, $"holds the key {ForeignText.Quote(key)} twice.");
        }
    }

    private SafetensorsEntry ReadEntry(ref Utf8JsonReader reader, string tensor)
    {
        string? elementType = null;
        List<long>? shape = null;
        List<long>? offsets = null;
        Require(reader.TokenType == JsonTokenType.StartObject, tensor, "must be an object.");
        while (NextProperty(ref reader, tensor, out string field))
        {
            switch (field)
            {
                case "dtype":
                    Require(elementType is null, tensor, "has two dtypes.");
                    elementType = Text(ref reader, tensor);
                    break;
                case "shape":
                    Require(shape is null, tensor, "has two shapes.");
                    shape = ReadIntegers(ref reader, tensor, "shape", MaxDimensions);
                    break;
                case "data_offsets":
                    Require(offsets is null, tensor, "has two data_offsets.");
                    offsets = ReadIntegers(ref reader, tensor, "data_offsets", 2);
                    break;
                default:
                    Require(false, tensor, $"has the unknown field {ForeignText.Quote(field)}.");
                    break;
            }
        }

        if (elementType is null || shape is null || offsets is not [long begin, long end])
        {
            throw SafetensorsFile.Damaged(_file, $"{tensor} needs dtype, shape and two data_offsets.");
        }

        int size = SafetensorsElement.SizeOf(elementType);
        Require(size > 0, tensor, $"has the unsupported dtype {ForeignText.Quote(elementType)}; F32, F64, I32 and I64 are supported.");
        Require(begin <= end, tensor, $"has the data_offsets [{begin}, {end}], which run backwards.");
        Require(ByteLength(shape, size) == end - begin, tensor,
            $"has {end - begin} bytes, which is not what {elementType} of shape [{string.Join(", ", shape)}] takes.");
        return new SafetensorsEntry(elementType, [.. shape], begin, end);
    }

    /// <summary>Checks that the tensors, in the order of their offsets, fill the data without gap or overlap.</summary>
    private void CheckLayout()
    {
        long position = 0;
        foreach ((string name, SafetensorsEntry entry) in Entries.OrderBy(e => e.Value.Begin).ThenBy(e => e.Value.End))
        {
            Require(entry.Begin >= position, Tensor(name), $"begins at {entry.Begin}; another tensor goes up to {position}.");
            Require(entry.Begin <= position, Tensor(name), $"begins at {entry.Begin}, after a hole from {position}.");
            position = entry.End;
        }

        Require(position <= Array.MaxLength, "the data", $"takes {position} bytes; at most {Array.MaxLength} can be read.");
        DataLength = (int)position;
    }

    /// <summary>Elements times their size, or -1 when that overflows.</summary>
    private static long ByteLength(List<long> shape, int size)
    {
        try
        {
            long length = size;
            foreach (long dimension in shape)
            {
                length = checked(length * dimension);
            }

            return length;
        }
        catch (OverflowException)
        {
            return -1;
        }
    }

    private List<long> ReadIntegers(ref Utf8JsonReader reader, string tensor, string field, int maxCount)
    {
        List<long> values = [];
        Require(reader.TokenType == JsonTokenType.StartArray, tensor, $"must have an array as its {field}.");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            long value = -1;
            bool isCount = reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out value) && value >= 0;
            Require(isCount, tensor, $"must have integers from 0 to 2^63 - 1 in its {field}.");
            Require(values.Count < maxCount, tensor, $"has more than {maxCount} numbers in its {field}.");
            values.Add(value);
        }

        return values;
    }

    /// <summary>Steps to the value of the next property, or past the object's end.</summary>
    private bool NextProperty(ref Utf8JsonReader reader, string where, out string name)
    {
        reader.Read();
        bool isProperty = reader.TokenType == JsonTokenType.PropertyName;
        name = isProperty ? Text(ref reader, where) : "";
        if (isProperty)
        {
            reader.Read();
        }

        return isProperty;
    }

    private string Text(ref Utf8JsonReader reader, string where)
    {
        Require(reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName, where, "must hold text here.");
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw SafetensorsFile.Damaged(_file, $"{where} holds text that is not valid Unicode.", e);
        }
    }

    private void Require(bool condition, string where, string problem)
    {
        if (!condition)
        {
            throw SafetensorsFile.Damaged(_file, $"{where} {problem}");
        }
    }

    private static string Tensor(string name) => $"tensor {ForeignText.Quote(name)}";
}
