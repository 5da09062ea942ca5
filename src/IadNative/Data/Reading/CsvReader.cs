using System.Text;
using IadNative.Data.Formats;

namespace IadNative.Data.Reading;

/// <summary>
/// Reads CSV: one sample a line, cells separated by comma, semicolon, tab, bar or what is asked for, in double quotes where they need
/// it. Empty lines at the file's beginning and end are passed over.
/// </summary>
internal sealed class CsvReader : TableReader
{
    private readonly CsvRecords _records;
    private readonly byte _decimal;
    private readonly List<string> _notes;
    private readonly bool _hasHeader;
    private char[] _text = new char[256];
    private bool _holdsRecord;
    private int _blanks;
    private long _row;

    private CsvReader(string name, CsvRecords records, CsvDialect dialect, TableColumns columns, ReadRequest request, bool hasHeader,
        IEnumerable<string> notes)
        : base(name, columns, request, dialect.DecimalMark)
    {
        _records = records;
        _decimal = (byte)dialect.DecimalMark;
        _notes = [.. dialect.Notes, .. notes, .. columns.Notes];
        _hasHeader = hasHeader;
        _holdsRecord = !hasHeader;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Notes => _notes;

    /// <summary>Reads what comes before the first sample.</summary>
    /// <param name="content">The text.</param>
    /// <param name="request">What is asked for.</param>
    /// <exception cref="DataFormatException">The text is no table.</exception>
    public static CsvReader Open(ContentStream content, ReadRequest request)
    {
        (string file, DatasetReadOptions options) = (content.Name, request.Options);
        Stream text = Utf8Text.Of(content, options.Encoding, out string? encodingNote);
        var records = new CsvRecords(text, file, request.Limits);
        CsvDialect dialect = CsvDialect.Find(records, options, request.Limits);
        do
        {
            if (!records.Read()) throw new DataFormatException($"{file}: the file is empty. Give a table of numbers.");
        }
        while (records.IsBlank);

        string[] first = new string[records.Count];
        for (int i = 0; i < first.Length; i++) first[i] = Encoding.UTF8.GetString(records[i]).Trim();
        HashSet<int> declared = Declared(first, options);
        string? headerNote = null;
        bool hasHeader = options.Header ?? CsvHeader.IsHeader(first, declared.Contains, dialect.Sample, out headerNote);
        string[]? names = hasHeader ? [.. first.Select((cell, i) => cell.Length == 0 ? $"x{i + 1}" : cell)] : null;
        bool countsRows = hasHeader && first.Length > 1 && first[0] is "" or "Unnamed: 0" && dialect.Sample.CountsBelow(0);
        TableColumns columns = TableColumns.Choose(file, names, first.Length, request, unnamedIndex: countsRows ? 0 : -1);
        return new CsvReader(file, records, dialect, columns, request, hasHeader, new[] { encodingNote, headerNote }.OfType<string>());
    }

    /// <inheritdoc/>
    protected override void Fill(RowBlock block)
    {
        while (block.Rows < block.Capacity)
        {
            if (!_holdsRecord)
            {
                if (!_records.Read()) break;
                if (_records.IsBlank)
                {
                    // What an empty line means depends on whether a row still follows.
                    _blanks++;
                    continue;
                }

                _holdsRecord = true;
            }

            if (_blanks > 0)
            {
                AddBlank(block, _records.Line - _blanks--);
            }
            else
            {
                AddRow(block);
                _holdsRecord = false;
            }
        }

        if (_row == 0 && _hasHeader && block.Rows == 0)
            throw new DataFormatException($"{Name}: there is a header of {Columns.Count} columns, but no row of numbers follows it.");
    }

    private void AddRow(RowBlock block)
    {
        CsvRecords records = _records;
        if (records.Count != Columns.Count)
            throw new DataFormatException($"{Name}: {BadCells.Place(_row, records.Line)} has another number of cells " +
                $"({records.Count}) than the first row of the file ({Columns.Count}). Correct that row.");
        Span<double> target = block.Row(block.Rows);
        int[] features = Columns.FeatureOf;
        for (int column = 0; column < features.Length; column++)
        {
            int feature = features[column];
            if (feature < 0) continue;
            ReadOnlySpan<byte> cell = records[column];
            target[feature] = FastNumber.TryParse(cell, _decimal, out double value) && Cells.IsPlain(value, feature)
                ? value
                : Cells.OfText(TextOf(cell), feature, _row, records.Line);
        }

        if (Labels is not null) block.Labels[block.Rows] = Labels.CodeOf(TextOf(records[Columns.Label]), _row, records.Line);
        if (HasIds) block.Ids[block.Rows] = TextOf(records[Columns.Id]).Trim().ToString();
        block.SourceRows[block.Rows++] = _row++;
    }

    // An empty line that is followed by a row: a missing cell where there is one column, else an error.
    private void AddBlank(RowBlock block, long line)
    {
        if (Columns.Count > 1)
            throw new DataFormatException($"{Name}: {BadCells.Place(_row, line)} is empty, but the first row of the " +
                $"file has {Columns.Count} cells. Remove that line.");
        block.Row(block.Rows)[0] = Cells.OfMissing("", 0, _row, line);
        block.SourceRows[block.Rows++] = _row++;
    }

    private ReadOnlySpan<char> TextOf(ReadOnlySpan<byte> cell)
    {
        if (_text.Length < cell.Length) _text = new char[Math.Max(cell.Length, 2 * _text.Length)];
        return _text.AsSpan(0, Encoding.UTF8.GetChars(cell, _text));
    }

    // The columns that options name by number: what they hold says nothing about a header.
    private static HashSet<int> Declared(string[] first, DatasetReadOptions options)
    {
        var declared = new HashSet<int>();
        foreach (string? option in (IEnumerable<string?>)[options.Id, .. options.Categorical, .. options.Drop])
        {
            if (option is not null && !first.Contains(option) && ColumnName.TryNumber(option, first.Length, out int column)) declared.Add(column);
        }

        if (options.Label is { } label && !first.Contains(label) && ColumnName.TryNumber(label, first.Length, out int index)
            && (LabelValues.IsLabel(first[index]) || first[index] == options.Positive)) declared.Add(index);
        return declared.Count < first.Length ? declared : [];
    }
}
