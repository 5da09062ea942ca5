using System.Globalization;
using System.Text;

namespace IadNative.Data;

/// <summary>The cells of a table that hold no finite number: how many, and the first ten for the message.</summary>
internal sealed class BadCells
{
    private const int Listed = 10;
    private readonly List<string> _first = [];

    /// <summary>How many cells are bad.</summary>
    public long Count { get; private set; }

    /// <summary>Notes a cell.</summary>
    /// <param name="row">The row from 0, without a header.</param>
    /// <param name="line">The line in the file from 1, or 0 where the format has none.</param>
    /// <param name="column">The column from 0, as in the file.</param>
    /// <param name="columnName">The column's name, null where the file gives none.</param>
    /// <param name="text">What the cell holds.</param>
    public void Add(int row, long line, int column, string? columnName, ReadOnlySpan<char> text)
    {
        if (Count++ >= Listed)
            return;
        string place = line > 0 ? $"row {row + 1} (line {line})" : $"row {row + 1}";
        _first.Add($"{place}, {NameColumn(column, columnName)}: {Quote(text)}");
    }

    /// <summary>Notes every NaN and infinity of a row-major matrix that came without names.</summary>
    /// <param name="values">The matrix.</param>
    /// <param name="columns">Its number of columns.</param>
    /// <param name="takenColumn">A column that has been taken out of it before, or -1; those after it count one more.</param>
    public static BadCells Find(ReadOnlySpan<float> values, int columns, int takenColumn)
    {
        var bad = new BadCells();
        for (int i = 0; i < values.Length; i++)
        {
            if (float.IsFinite(values[i]))
                continue;
            int column = i % columns;
            int place = takenColumn >= 0 && column >= takenColumn ? column + 1 : column;
            bad.Add(i / columns, 0, place, null, values[i].ToString(CultureInfo.InvariantCulture));
        }
        return bad;
    }

    /// <summary>The list for a message, one cell a line.</summary>
    public string List()
    {
        string text = string.Join('\n', _first.Select(cell => "  " + cell));
        return Count > _first.Count ? $"{text}\n  and {Count - _first.Count} more" : text;
    }

    /// <summary>A column as a message calls it: by its number from 1 and its name, if it has one.</summary>
    public static string NameColumn(int column, string? name) =>
        name == null ? $"column {column + 1}" : $"column {column + 1} ({Quote(name)})";

    /// <summary>A file's text as a message shows it: in quotes, short, and without control characters.</summary>
    public static string Quote(ReadOnlySpan<char> text)
    {
        const int Longest = 40;
        var shown = new StringBuilder("'");
        foreach (char c in text[..Math.Min(text.Length, Longest)])
            shown.Append(char.IsControl(c) || char.IsSurrogate(c) ? '\uFFFD' : c);
        return shown.Append(text.Length > Longest ? "...'" : "'").ToString();
    }
}
