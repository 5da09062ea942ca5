using System.Text.Json;
using IadNative.Messages;

namespace IadNative.Persistence;

/// <summary>Where a tensor's bytes lie in the data that follows the header, and what they are.</summary>
/// <param name="ElementType">One of <see cref="SafetensorsElement.Names"/>.</param>
/// <param name="ShapePlace">Where in the header its shape stands.</param>
/// <param name="Begin">The first byte.</param>
/// <param name="End">The byte behind the last.</param>
internal readonly record struct SafetensorsEntry(string ElementType, int ShapePlace, long Begin, long End);

/// <summary>
/// The JSON header of a safetensors file, checked: an object of
/// <c>"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}</c> and an optional
/// <c>"__metadata__": {"key": "text"}</c>.
/// </summary>
internal sealed class SafetensorsHeader
{
    /// <summary>The key that holds metadata instead of a tensor.</summary>
    public const string MetadataKey = "__metadata__";

    /// <summary>The most tensors: more than those of a thousand networks of all layers that there may be, with all options.</summary>
    public const int MostTensors = 1 << 20;

    /// <summary>The most keys of metadata, of which a model has two.</summary>
    public const int MostMetadata = 1_000;

    // The root, a tensor, its shape.
    private const int MaxDepth = 3;

    private const int MaxDimensions = 32;

    private readonly string _file;
    private readonly byte[] _json;
    private readonly SafetensorsNames _names;
    private readonly Dictionary<int, SafetensorsEntry> _entries;

    private SafetensorsHeader(byte[] json, string file)
    {
        (_json, _file, _names) = (json, file, new SafetensorsNames(json));
        _entries = new Dictionary<int, SafetensorsEntry>(CountTensors(), _names);
    }

    /// <summary>The metadata.</summary>
    public Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    /// <summary>The bytes that all tensors take.</summary>
    public int DataLength { get; private set; }

    /// <summary>Parses and checks a header.</summary>
    /// <param name="json">The header, which is kept.</param>
    /// <param name="file">What messages call the file.</param>
    /// <exception cref="ModelFormatException">The header is malformed.</exception>
    public static SafetensorsHeader Parse(byte[] json, string file)
    {
        try
        {
            var header = new SafetensorsHeader(json, file);
            header.ReadRoot();
            header.CheckLayout();
            return header;
        }
        catch (JsonException e)
        {
            throw SafetensorsFile.Damaged(file, "the header is not valid JSON.", e);
        }
    }

    /// <summary>The tensor of a name.</summary>
    public bool TryFind(string name, out SafetensorsEntry entry)
    {
        entry = default;
        if (name.Length > SafetensorsNames.Longest) return false;
        _names.Sought = name;
        return _entries.TryGetValue(SafetensorsNames.PlaceOfSought, out entry);
    }

    /// <summary>The dimensions of a tensor, outermost first.</summary>
    public long[] ShapeOf(SafetensorsEntry entry)
    {
        Span<long> shape = stackalloc long[MaxDimensions];
        var reader = new Utf8JsonReader(_json.AsSpan(entry.ShapePlace));
        reader.Read();
        return shape[..ReadIntegers(ref reader, 0, "shape", shape)].ToArray();
    }

    // Before anything is made of them.
    private int CountTensors()
    {
        int count = 0;
        Utf8JsonReader reader = Reader();
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1 && ++count > MostTensors)
                throw SafetensorsFile.Damaged(_file, $"the header lists more than {MostTensors} tensors.");
        }

        return count;
    }

    private Utf8JsonReader Reader() => new(_json, new JsonReaderOptions { MaxDepth = MaxDepth });

    private void ReadRoot()
    {
        bool isMetadataRead = false;
        Utf8JsonReader reader = Reader();
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) throw SafetensorsFile.Damaged(_file, "the header must be an object.");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            int place = (int)reader.TokenStartIndex;
            CheckName(ref reader);
            if (!reader.ValueTextEquals(MetadataKey))
            {
                reader.Read();
                if (!_entries.TryAdd(place, ReadEntry(ref reader, place))) throw Bad(place, "appears twice.");
                continue;
            }

            if (isMetadataRead) throw BadMetadata("appears twice.");
            isMetadataRead = true;
            reader.Read();
            ReadMetadata(ref reader);
        }
    }

    private void CheckName(ref Utf8JsonReader reader)
    {
        bool isShort;
        try
        {
            isShort = SafetensorsNames.Accepts(ref reader);
        }
        catch (InvalidOperationException e)
        {
            throw SafetensorsFile.Damaged(_file, "the header holds text that is not valid Unicode.", e);
        }

        if (!isShort) throw SafetensorsFile.Damaged(_file, $"the header has a name of more than {SafetensorsNames.Longest} characters.");
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw BadMetadata("must be an object.");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (Metadata.Count == MostMetadata) throw BadMetadata($"has more than {MostMetadata} keys.");
            string key = MetadataText(ref reader);
            reader.Read();
            if (!Metadata.TryAdd(key, MetadataText(ref reader))) throw BadMetadata($"holds the key {ForeignText.Quote(key)} twice.");
        }
    }

    private string MetadataText(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName)) throw BadMetadata("must hold text here.");
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw SafetensorsFile.Damaged(_file, $"{MetadataKey} holds text that is not valid Unicode.", e);
        }
    }

    private SafetensorsEntry ReadEntry(ref Utf8JsonReader reader, int place)
    {
        string? elementType = null;
        Span<long> shape = stackalloc long[MaxDimensions], offsets = stackalloc long[2];
        int shapePlace = -1, dimensions = -1, ends = -1;
        if (reader.TokenType != JsonTokenType.StartObject) throw Bad(place, "must be an object.");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("dtype"u8))
            {
                if (elementType is not null) throw Bad(place, "has two dtypes.");
                reader.Read();
                elementType = ReadElementType(ref reader, place);
            }
            else if (reader.ValueTextEquals("shape"u8))
            {
                if (dimensions >= 0) throw Bad(place, "has two shapes.");
                reader.Read();
                shapePlace = (int)reader.TokenStartIndex;
                dimensions = ReadIntegers(ref reader, place, "shape", shape);
            }
            else if (reader.ValueTextEquals("data_offsets"u8))
            {
                if (ends >= 0) throw Bad(place, "has two data_offsets.");
                reader.Read();
                ends = ReadIntegers(ref reader, place, "data_offsets", offsets);
            }
            else
            {
                CheckName(ref reader);
                throw Bad(place, $"has the unknown field {ForeignText.Quote(reader.GetString())}.");
            }
        }

        if (elementType is null || dimensions < 0 || ends != offsets.Length) throw Bad(place, "needs dtype, shape and two data_offsets.");
        (long begin, long end) = (offsets[0], offsets[1]);
        if (begin > end) throw Bad(place, $"has the data_offsets [{begin}, {end}], which run backwards.");
        if (ByteLength(shape[..dimensions], SafetensorsElement.SizeOf(elementType)) != end - begin)
        {
            throw Bad(place, $"has {end - begin} bytes, which is not what {elementType} of shape "
                + $"[{string.Join(", ", shape[..dimensions].ToArray())}] takes.");
        }

        return new SafetensorsEntry(elementType, shapePlace, begin, end);
    }

    private string ReadElementType(ref Utf8JsonReader reader, int place)
    {
        if (reader.TokenType != JsonTokenType.String) throw Bad(place, "must hold text as its dtype.");
        foreach (string name in SafetensorsElement.Names)
        {
            if (reader.ValueTextEquals(name)) return name;
        }

        CheckName(ref reader);
        throw Bad(place, $"has the unsupported dtype {ForeignText.Quote(reader.GetString())}; "
            + $"{string.Join(", ", SafetensorsElement.Names)} are supported.");
    }

    /// <summary>Checks that the tensors, in the order of their offsets, fill the data without gap or overlap.</summary>
    private void CheckLayout()
    {
        var places = new (long Begin, long End, int Name)[_entries.Count];
        int count = 0;
        foreach ((int name, SafetensorsEntry entry) in _entries) places[count++] = (entry.Begin, entry.End, name);
        places.AsSpan().Sort(static (one, other) => (one.Begin, one.End).CompareTo((other.Begin, other.End)));
        long position = 0;
        foreach ((long begin, long end, int name) in places)
        {
            if (begin < position) throw Bad(name, $"begins at {begin}; another tensor goes up to {position}.");
            if (begin > position) throw Bad(name, $"begins at {begin}, after a hole from {position}.");
            position = end;
        }

        if (position > Array.MaxLength)
            throw SafetensorsFile.Damaged(_file, $"the data takes {position} bytes; at most {Array.MaxLength} can be read.");
        DataLength = (int)position;
    }

    /// <summary>Elements times their size, or -1 when that overflows.</summary>
    private static long ByteLength(ReadOnlySpan<long> shape, long size)
    {
        foreach (long dimension in shape)
        {
            if (Math.BigMul(size, dimension, out size) != 0 || size < 0) return -1;
        }

        return size;
    }

    private int ReadIntegers(ref Utf8JsonReader reader, int place, string field, scoped Span<long> values)
    {
        int count = 0;
        if (reader.TokenType != JsonTokenType.StartArray) throw Bad(place, $"must have an array as its {field}.");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long value) || value < 0)
                throw Bad(place, $"must have integers from 0 to 2^63 - 1 in its {field}.");
            if (count == values.Length) throw Bad(place, $"has more than {values.Length} numbers in its {field}.");
            values[count++] = value;
        }

        return count;
    }

    private ModelFormatException Bad(int place, string problem) =>
        SafetensorsFile.Damaged(_file, $"tensor {ForeignText.Quote(_names[place])} {problem}");

    private ModelFormatException BadMetadata(string problem) => SafetensorsFile.Damaged(_file, $"{MetadataKey} {problem}");
}
