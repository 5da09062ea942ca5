using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ScoringService;

/// <summary>Rows of a request, one behind the other in a buffer that goes back to its pool: most of what a request costs is reading them.</summary>
[JsonConverter(typeof(RowMatrixConverter))]
internal sealed class RowMatrix : IDisposable
{
    private float[] _cells = ArrayPool<float>.Shared.Rent(256);
    private int _length;

    /// <summary>n.</summary>
    public int Rows { get; private set; }

    /// <summary>d of the first row.</summary>
    public int Columns { get; private set; }

    /// <summary>Whether a row is not as long as the first.</summary>
    public bool IsRagged { get; private set; }

    /// <summary>n × d cells.</summary>
    public ReadOnlySpan<float> Cells => _cells.AsSpan(0, _length);

    public void Add(float cell)
    {
        if (_length == _cells.Length)
        {
            float[] larger = ArrayPool<float>.Shared.Rent(2 * _length);
            _cells.CopyTo(larger, 0);
            Dispose();
            _cells = larger;
        }

        _cells[_length++] = cell;
    }

    public void EndRow(int columns)
    {
        if (Rows++ == 0) Columns = columns;
        IsRagged |= columns != Columns;
    }

    public void Dispose() => ArrayPool<float>.Shared.Return(_cells);
}

/// <summary>Reads an array of arrays of numbers; a null is a missing cell.</summary>
internal sealed class RowMatrixConverter : JsonConverter<RowMatrix>
{
    public override RowMatrix Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException();
        var rows = new RowMatrix();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException();
            int columns = 0;
            for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; columns++)
                rows.Add(reader.TokenType == JsonTokenType.Null ? float.NaN : reader.GetSingle());
            rows.EndRow(columns);
        }

        return rows;
    }

    public override void Write(Utf8JsonWriter writer, RowMatrix value, JsonSerializerOptions options) => throw new NotSupportedException();
}
