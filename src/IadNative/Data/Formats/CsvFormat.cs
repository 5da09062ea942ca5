using System.Globalization;
using System.Text;
using Sylvan.Data.Csv;

namespace IadNative.Data.Formats;

/// <summary>
/// Reads CSV: one sample a line, cells separated by comma, semicolon, tab or bar, in double quotes where they need it, numbers
/// with a decimal point. The first row is a header when one of its cells is neither a number nor missing. Empty lines at
/// the file's beginning and end are passed over.
/// </summary>
internal sealed class CsvFormat
{
    private const int DetectBytes = 16 << 10;
    private const int BufferCharacters = 16 << 10;

    private readonly ContentStream _content;
    private readonly string? _label;
    private readonly ReaderLimits _limits;
    private readonly BadCells _bad = new();
    private readonly List<bool> _labels = [];
    private float[] _values = [];
    private int _used;
    private int _rows;
    private int _columns;
    private int _labelColumn = -1;
    private string[]? _names;

    private CsvFormat(ContentStream content, string? label, ReaderLimits limits)
    {
        _content = content;
        _label = label;
        _limits = limits;
    }

    private int Features => _labelColumn < 0 ? _columns : _columns - 1;

    /// <summary>Reads the table.</summary>
    /// <param name="content">The text, in UTF-8, or in UTF-16 with a byte order mark.</param>
    /// <param name="label">The label column's name or number, or null.</param>
    /// <param name="limits">The bounds.</param>
    /// <exception cref="DataFormatException">The text is no table, or the labels are not all labels.</exception>
    public static RawTable Read(ContentStream content, string? label, ReaderLimits limits)
    {
        try
        {
            return new CsvFormat(content, label, limits).Read();
        }
        catch (CsvRecordTooLargeException e)
        {
            throw new DataFormatException($"{content.Name}: a row is longer than {limits.CsvRowCharacters} characters, " +
                "for example because of a quote that is never closed. Check the file's line ends and quotes.", e);
        }
        catch (CsvFormatException e)
        {
            throw new DataFormatException($"{content.Name}: row {e.RowNumber} of the file (a header counts) is no " +
                $"CSV: {e.Message} Correct the quotes in that row.", e);
        }
    }

    private RawTable Read()
    {
        using var text = new StreamReader(_content, Encoding.UTF8, true, BufferCharacters, leaveOpen: true);
        char separator = DetectSeparator();
        using var guarded = new CsvColumnGuard(text, separator, _content.Name, _limits);
        using var csv = CsvDataReader.Create(guarded, new CsvDataReaderOptions
        {
            HasHeaders = false,
            Delimiter = separator,
            // Lines that begin with # are data (or a header) like any other; no text holds this character.
            Comment = '\uFFFF',
            BufferSize = BufferCharacters,
            MaxBufferSize = _limits.CsvRowCharacters,
        });

        long line = 1;
        int blanks = 0;
        for (int record = 0; csv.Read(); line += LinesOf(csv.GetRawRecordSpan()))
        {
            if (csv.RowFieldCount <= 1 && csv.GetFieldSpan(0).IsWhiteSpace())
            {
                // In front of everything, empty lines mean nothing; later it depends on whether a row still follows.
                if (record > 0)
                    blanks++;
                continue;
            }
            if (record++ == 0 && TakeFirst(csv))
                continue;
            for (; blanks > 0; blanks--)
                AddBlank(line - blanks);
            AddRow(csv, line);
        }
        if (_rows == 0)
            throw new DataFormatException(_columns == 0
                ? $"{_content.Name}: the file is empty. Give a table of numbers."
                : $"{_content.Name}: there is a header of {_columns} columns, but no row of numbers follows it.");

        Array.Resize(ref _values, _used);
        string[]? features = _names == null || _labelColumn < 0 ? _names : [.. _names.Where((_, i) => i != _labelColumn)];
        return new RawTable(_values, _rows, Features, features, _labelColumn < 0 ? null : [.. _labels], _bad);
    }

    /// <summary>Learns the columns from the first row, and says whether it is a header.</summary>
    private bool TakeFirst(CsvDataReader csv)
    {
        _columns = csv.RowFieldCount;
        int labelNumber = _label != null && LabelColumn.TryNumber(_label, _columns, out int index) ? index : -1;
        bool header = false;
        for (int column = 0; column < _columns && !header; column++)
        {
            ReadOnlySpan<char> cell = csv.GetFieldSpan(column);
            header = !IsNumberOrMissing(cell) && !(column == labelNumber && LabelValue.TryParse(cell, out _));
        }
        if (header)
        {
            _names = new string[_columns];
            for (int column = 0; column < _columns; column++)
            {
                ReadOnlySpan<char> name = csv.GetFieldSpan(column).Trim();
                _names[column] = name.IsEmpty ? $"x{column + 1}" : name.ToString();
            }
        }
        _labelColumn = LabelColumn.Find(_label, _names, _columns, _content.Name);
        if (Features == 0)
            throw new DataFormatException($"{_content.Name}: the label column is the only one; there is no feature beside it.");
        return header;
    }

    private void AddRow(CsvDataReader csv, long line)
    {
        if (csv.RowFieldCount != _columns)
            throw new DataFormatException($"{_content.Name}: row {_rows + 1} (line {line}) has another number of cells " +
                $"({csv.RowFieldCount}) than the first row of the file ({_columns}). Correct that row.");
        Reserve();
        for (int column = 0; column < _columns; column++)
        {
            ReadOnlySpan<char> cell = csv.GetFieldSpan(column);
            if (column == _labelColumn)
            {
                if (!LabelValue.TryParse(cell, out bool anomaly))
                    throw new DataFormatException($"{_content.Name}: row {_rows + 1} (line {line}) of the label " +
                        $"{BadCells.NameColumn(column, _names?[column])} holds {BadCells.Quote(cell)}, which is no label; " +
                        $"{LabelValue.Allowed}.");
                _labels.Add(anomaly);
                continue;
            }
            if (!float.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out float value) || !float.IsFinite(value))
            {
                _bad.Add(_rows, line, column, _names?[column], cell);
                value = float.NaN;
            }
            _values[_used++] = value;
        }
        _rows++;
    }

    /// <summary>An empty line that is followed by a row: a missing cell where there is one column, else an error.</summary>
    private void AddBlank(long line)
    {
        if (_columns > 1)
            throw new DataFormatException($"{_content.Name}: row {_rows + 1} (line {line}) is empty, but the first row of the " +
                $"file has {_columns} cells. Remove that line.");
        Reserve();
        _bad.Add(_rows, line, 0, _names?[0], []);
        _values[_used++] = float.NaN;
        _rows++;
    }

    private void Reserve()
    {
        long needed = (long)_used + Features;
        if (needed > _limits.Values)
            throw new DataFormatException($"{_content.Name}: it has more than the {_limits.Values} values that can be read, in " +
                $"row {_rows + 1}. Split it.");
        if (needed > _values.Length)
            Array.Resize(ref _values, (int)Math.Min(Array.MaxLength, Math.Max(needed, 2L * _values.Length)));
    }

    private char DetectSeparator()
    {
        ReadOnlySpan<byte> start = _content.Head(DetectBytes);
        if (start.StartsWith((byte[])[0xFF, 0xFE]))
            return CsvSeparator.Detect(Encoding.Unicode.GetString(start));
        if (start.StartsWith((byte[])[0xFE, 0xFF]))
            return CsvSeparator.Detect(Encoding.BigEndianUnicode.GetString(start));
        return CsvSeparator.Detect(Encoding.UTF8.GetString(start));
    }

    private static bool IsNumberOrMissing(ReadOnlySpan<char> cell)
    {
        cell = cell.Trim();
        if (cell.IsEmpty || float.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out _))
            return true;
        foreach (string token in (ReadOnlySpan<string>)["NA", "N/A", "NaN", "null", "?", "-", "inf", "+inf", "-inf"])
        {
            if (cell.Equals(token, StringComparison.OrdinalIgnoreCase))
                return true;
        }
        return false;
    }

    /// <summary>Lines that a record takes: one, and one more for each line end within quotes.</summary>
    private static int LinesOf(ReadOnlySpan<char> record) => 1 + record.TrimEnd("\r\n").Count('\n');
}
