using System.Text;
using System.Text.Json;
using IadNative.Data.Formats;
using IadNative.Messages;

namespace IadNative.Data.Reading;

/// <summary>
/// Reads JSON lines: one sample a line, an object whose keys name the columns or an array of cells. The first object has all keys; one
/// that a later object lacks is missing there. null is missing; true and false are booleans.
/// </summary>
internal sealed class JsonLinesReader : TableReader
{
    private readonly CsvRecords _lines;
    private readonly TextTable<int>? _places;
    private readonly int[] _metInRow;
    private readonly bool _passesOthers;
    private char[] _text = new char[256];
    private bool _holdsLine = true;
    private long _row;

    /// <summary>Opens a text.</summary>
    /// <param name="content">The text, in UTF-8.</param>
    /// <param name="request">What is asked for.</param>
    /// <exception cref="DataFormatException">The first line is neither an object nor an array.</exception>
    public JsonLinesReader(ContentStream content, ReadRequest request)
        : this(content.Name, FirstLine(content, request), request)
    {
    }

    private JsonLinesReader(string name, (CsvRecords Lines, string[]? Names, int Count) first, ReadRequest request)
        : base(name, TableColumns.Choose(name, first.Names, first.Count, request), request)
    {
        _lines = first.Lines;
        _metInRow = new int[first.Count];
        _passesOthers = request.Schema is not null;
        if (first.Names is null) return;
        _places = new TextTable<int>(StringComparer.Ordinal);
        for (int i = 0; i < first.Names.Length; i++)
        {
            if (_places.TryGetValue(first.Names[i], out int place)) throw ColumnName.Doubled(name, place, i, first.Names[i]);
            _places.Add(first.Names[i], i);
        }
    }

    /// <summary>Whether content that begins so holds JSON.</summary>
    public static bool IsJson(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith((byte[])[0xEF, 0xBB, 0xBF])) head = head[3..];
        head = head.TrimStart(" \t\r\n"u8);
        return head.Length > 0 && head[0] is (byte)'{' or (byte)'[';
    }

    /// <inheritdoc/>
    protected override void Fill(RowBlock block)
    {
        while (block.Rows < block.Capacity)
        {
            if (!_holdsLine && !NextLine(_lines)) break;
            _holdsLine = false;
            try
            {
                AddRow(block);
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                throw new DataFormatException($"{Name}: {BadCells.Place(_row, _lines.Line)} is no JSON ({ForeignText.Shorten(e.Message.TrimEnd('.'), ForeignText.LongestReason)}). " +
                    "Give one object or array a line.", e);
            }

            block.SourceRows[block.Rows++] = _row++;
        }
    }

    private void AddRow(RowBlock block)
    {
        var json = new Utf8JsonReader(_lines[0]);
        json.Read();
        JsonTokenType opening = json.TokenType;
        if (opening != (_places is null ? JsonTokenType.StartArray : JsonTokenType.StartObject))
            throw Error(_places is null ? "is no array, as the first line is" : "is no object, as the first line is");
        int column = -1;
        while (json.Read() && json.TokenType is not (JsonTokenType.EndObject or JsonTokenType.EndArray))
        {
            column = _places is null ? column + 1 : ColumnOf(ref json);
            if (_places is not null) json.Read();
            if (column >= _metInRow.Length) throw Error($"has more than the {_metInRow.Length} cells of the first line");
            if (column >= 0)
            {
                if (_metInRow[column] == _row + 1) throw Error($"has two values for {Columns.Describe(column)}");
                _metInRow[column] = (int)_row + 1;
                Take(ref json, column, block);
            }

            json.Skip();
        }

        if (json.Read()) throw Error("goes on behind its end");
        for (int i = 0; i < _metInRow.Length; i++)
        {
            if (_metInRow[i] == _row + 1) continue;
            if (_places is null) throw Error($"has fewer than the {_metInRow.Length} cells of the first line");
            TakeNothing(i, block);
        }
    }

    private void Take(ref Utf8JsonReader json, int column, RowBlock block)
    {
        int feature = Columns.FeatureOf[column];
        if (feature < 0 && column != Columns.Label && column != Columns.Id) return;
        if (json.TokenType == JsonTokenType.Null)
        {
            TakeNothing(column, block);
            return;
        }

        if (json.TokenType == JsonTokenType.Number && feature >= 0 && FastNumber.TryParse(json.ValueSpan, (byte)'.', out double number))
        {
            block.Row(block.Rows)[feature] = Cells.OfNumber(number, feature, _row, _lines.Line);
            return;
        }

        ReadOnlySpan<char> text = TextOf(ref json);
        bool isNested = json.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject;
        if (feature >= 0)
            block.Row(block.Rows)[feature] = isNested ? Cells.Refuse(text, feature, _row, _lines.Line) : Cells.OfText(text, feature, _row, _lines.Line);
        else if (column == Columns.Label)
            block.Labels[block.Rows] = Labels!.CodeOf(text, _row, _lines.Line);
        else
            block.Ids[block.Rows] = text.ToString();
    }

    private void TakeNothing(int column, RowBlock block)
    {
        if (Columns.FeatureOf[column] is var feature and >= 0)
            block.Row(block.Rows)[feature] = Cells.OfMissing("", feature, _row, _lines.Line);
        else if (column == Columns.Label)
            block.Labels[block.Rows] = Labels!.CodeOf("", _row, _lines.Line);
        else if (column == Columns.Id)
            block.Ids[block.Rows] = "";
    }

    private int ColumnOf(ref Utf8JsonReader json)
    {
        ReadOnlySpan<char> key = TextOf(ref json);
        if (_places!.TryGetValue(key, out int column)) return column;
        return _passesOthers ? -1 : throw Error($"has the key {ForeignText.Quote(key)}, which the first object does not have; give all keys there");
    }

    private ReadOnlySpan<char> TextOf(ref Utf8JsonReader json)
    {
        if (_text.Length < json.ValueSpan.Length) _text = new char[Math.Max(json.ValueSpan.Length, 2 * _text.Length)];
        int length = json.TokenType is JsonTokenType.String or JsonTokenType.PropertyName
            ? json.CopyString(_text)
            : Encoding.UTF8.GetChars(json.ValueSpan, _text);
        return _text.AsSpan(0, length);
    }

    private DataFormatException Error(string what) => new($"{Name}: {BadCells.Place(_row, _lines.Line)} {what}.");

    private static bool NextLine(CsvRecords lines)
    {
        while (lines.ReadLine())
        {
            if (lines[0].Trim(" \t\r"u8).Length > 0) return true;
        }

        return false;
    }

    private static (CsvRecords Lines, string[]? Names, int Count) FirstLine(ContentStream content, ReadRequest request)
    {
        var lines = new CsvRecords(Utf8Text.Of(content, null, out _), content.Name, request.Limits);
        for (int i = 0; i < request.Options.SkipLines && lines.ReadLine(); i++)
        {
        }

        NextLine(lines);
        try
        {
            var json = new Utf8JsonReader(lines[0]);
            json.Read();
            bool isArray = json.TokenType == JsonTokenType.StartArray;
            List<string>? names = isArray ? null : [];
            int count = 0;
            for (; json.Read() && json.CurrentDepth > 0; count++)
            {
                if (isArray && json.TokenType == JsonTokenType.StartObject)
                    throw new DataFormatException($"{content.Name}: this is one JSON array of objects. Give one object a line, as 'jq -c .[]' does.");
                if (count == request.Limits.CsvColumns)
                    throw new DataFormatException($"{content.Name}: the first line has more than the {count} cells that can be read.");
                if (!isArray) names!.Add(json.GetString()!);
                if (!isArray) json.Read();
                json.Skip();
            }

            return count > 0 ? (lines, names?.ToArray(), count)
                : throw new DataFormatException($"{content.Name}: the first line holds no cell. Give one object or array with cells a line.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new DataFormatException($"{content.Name}: line {lines.Line} is no complete JSON ({ForeignText.Shorten(e.Message.TrimEnd('.'), ForeignText.LongestReason)}). Give one object or " +
                "array a line, as 'jq -c' does.", e);
        }
    }
}
