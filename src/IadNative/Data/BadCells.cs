using System.Globalization;
using System.Text;
using IadNative.Data.Reading;
using IadNative.Messages;

namespace IadNative.Data;

/// <summary>
/// The cells of a table that are refused: how many in which column, and the first ten for the message, which lists them one a line,
/// column by column, each with what helps there.
/// </summary>
internal sealed class BadCells
{
    private const int ListedCells = 10;
    private const int ListedColumns = 10;

    private readonly SortedDictionary<int, Column> _columns = [];
    private int _listed;

    /// <summary>How many cells are bad.</summary>
    public long Count { get; private set; }

    /// <summary>Notes a cell.</summary>
    /// <param name="row">The row from 0, without a header.</param>
    /// <param name="line">The line in the file from 1, or 0 where the format has none.</param>
    /// <param name="column">The column from 0, as in the file.</param>
    /// <param name="text">What the cell holds.</param>
    /// <param name="isMissing">Whether it is missing, rather than no number.</param>
    public void Add(long row, long line, int column, ReadOnlySpan<char> text, bool isMissing)
    {
        Count++;
        if (!_columns.TryGetValue(column, out Column? bad)) _columns[column] = bad = new Column();
        bad.Count++;
        if (isMissing) bad.Missing++;
        else bad.Learn(text);
        if (_listed >= ListedCells) return;
        _listed++;
        bad.Cells.Add($"{Place(row, line)}: {ForeignText.Quote(text)}");
    }

    /// <summary>Refuses the file where a cell is bad.</summary>
    /// <param name="file">The source.</param>
    /// <param name="columns">Its columns.</param>
    /// <exception cref="DataFormatException">There are bad cells.</exception>
    public void ThrowIfAny(string file, TableColumns columns)
    {
        if (Count == 0) return;
        var text = new StringBuilder($"{file}: {Number(Count, "cell")} cannot be used.");
        foreach ((int place, Column column) in _columns.Take(ListedColumns))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{columns.Describe(place)}:");
            foreach (string cell in column.Cells) text.Append("\n  ").Append(cell);
            if (column.Count > column.Cells.Count)
                text.Append(CultureInfo.InvariantCulture, $"\n  {(column.Cells.Count > 0 ? "and " : "")}{Number(column.Count - column.Cells.Count, column.Cells.Count > 0 ? "more" : "cell")}");
            if (column.Missing < column.Count) text.Append("\n  ").Append(column.Advice(columns.OptionFor(place)));
        }

        if (_columns.Count > ListedColumns)
            text.Append(CultureInfo.InvariantCulture, $"\nand {_columns.Count - ListedColumns} more columns");
        if (_columns.Values.Any(column => column.Missing > 0))
        {
            text.Append("\nMissing cells are filled with --missing mean or --missing median, and --missing drop leaves their rows out.");
        }

        throw new DataFormatException(text.ToString());
    }

    /// <summary>A row in a message.</summary>
    public static string Place(long row, long line) =>
        line > 0 ? FormattableString.Invariant($"row {row + 1} (line {line})") : FormattableString.Invariant($"row {row + 1}");

    private static string Number(long count, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 || what == "more" ? "" : "s")}");

    private sealed class Column
    {
        private string? _text;
        private bool _isOneText = true, _areDecimals = true, _areLabels = true, _areTooLarge = true;

        public List<string> Cells { get; } = [];

        public long Count { get; set; }

        public long Missing { get; set; }

        // What the refused cells of a column have in common tells what helps.
        public void Learn(ReadOnlySpan<char> text)
        {
            if (_text is null) _text = text.ToString();
            else if (_isOneText) _isOneText = text.SequenceEqual(_text);
            if (_areLabels) _areLabels = LabelValues.IsLabel(text);
            if (_areTooLarge) _areTooLarge = IsNumber(text, out double value) && !float.IsFinite((float)value);
            if (_areDecimals) _areDecimals = text.Count(',') == 1 && !text.Contains('.') && IsNumber(text.ToString().Replace(',', '.'), out _);
        }

        public string Advice(string name)
        {
            if (_areDecimals) return $"If the comma is the decimal mark, add --decimal , or leave the column out with --drop {name}.";
            string token = _isOneText && _text is not null && ColumnName.IsShown(_text)
                ? $" If {ForeignText.Quote(_text)} means missing, add --na {ColumnName.Shell(_text)}." : "";
            if (_areTooLarge) return $"These are no finite float32 numbers: leave the column out with --drop {name}.{token}";
            string labels = _areLabels ? $" If it holds labels, name it with --label {name}." : "";
            return $"Read the column as categories with --categorical {name}, or leave it out with --drop {name}.{token}{labels}";
        }

        private static bool IsNumber(ReadOnlySpan<char> text, out double value)
        {
            value = double.PositiveInfinity;
            return text.TrimStart("+-").Equals("inf", StringComparison.OrdinalIgnoreCase)
                || double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
        }
    }
}
