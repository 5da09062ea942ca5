using System.Globalization;
using System.Text;
using IadNative.Data.Reading;

namespace IadNative.Data.Formats;

/// <summary>What a cell of a sample looks like.</summary>
internal enum CsvCellForm
{
    /// <summary>Nothing, or a word for it.</summary>
    Missing,

    /// <summary>A whole number in digits alone, or with a sign.</summary>
    Whole,

    /// <summary>Another number, or true or false.</summary>
    Value,

    /// <summary>Other text.</summary>
    Text,
}

/// <summary>The first rows of a CSV file, looked at before the reading begins; and what they say of the file.</summary>
internal sealed class CsvSample
{
    private const int MostRows = 25;
    private const int MostCells = 20_000;
    private static readonly string[] s_missing = ["", "NA", "N/A", "NaN", "null", "?", "-", "inf", "+inf", "-inf"];

    private readonly List<string[]> _rows = [];
    private readonly char _mark;

    private CsvSample(char mark) => _mark = mark;

    /// <summary>The cells of the complete rows that were seen, without spaces around them.</summary>
    public IReadOnlyList<string[]> Rows => _rows;

    /// <summary>Splits the beginning of a text.</summary>
    /// <param name="start">The text's beginning.</param>
    /// <param name="isWhole">Whether it is all of the text, so that its last line is complete.</param>
    /// <param name="separator">What separates cells.</param>
    /// <param name="comment">Lines that begin with it do not count; null for none.</param>
    /// <param name="mark">The decimal mark.</param>
    /// <param name="limits">The bounds.</param>
    public static CsvSample Of(ReadOnlySpan<byte> start, bool isWhole, byte separator, byte? comment, char mark, ReaderLimits limits)
    {
        var sample = new CsvSample(mark);
        if (!isWhole) start = start[..(start.LastIndexOfAny((byte)'\n', (byte)'\r') + 1)];
        var records = new CsvRecords(new MemoryStream(start.ToArray()), "sample", limits) { Separator = separator, Comment = comment };
        try
        {
            for (int cells = 0; sample._rows.Count < MostRows && cells < MostCells && records.Read();)
            {
                if (records.IsBlank) continue;
                string[] row = new string[records.Count];
                for (int i = 0; i < row.Length; i++) row[i] = Encoding.UTF8.GetString(records[i]).Trim();
                sample._rows.Add(row);
                cells += row.Length;
            }
        }
        catch (DataFormatException)
        {
            // What is wrong there is said when the row is read.
        }

        return sample;
    }

    /// <summary>What a cell looks like.</summary>
    public CsvCellForm FormOf(string cell)
    {
        if (s_missing.Contains(cell, StringComparer.OrdinalIgnoreCase)) return CsvCellForm.Missing;
        if (int.TryParse(cell, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)) return CsvCellForm.Whole;
        return FeatureCells.TryNumber(cell, _mark, out _) || cell.Equals("true", StringComparison.OrdinalIgnoreCase)
            || cell.Equals("false", StringComparison.OrdinalIgnoreCase) ? CsvCellForm.Value : CsvCellForm.Text;
    }

    /// <summary>
    /// Whether commas are decimal marks without doubt: some number has one that cannot separate thousands, and none has a point.
    /// </summary>
    /// <param name="areAllNumbers">Whether every cell below the first row is a number then, or missing.</param>
    public bool HasDecimalCommas(out bool areAllNumbers)
    {
        areAllNumbers = _rows.Count > 0;
        if (!areAllNumbers) return false;
        bool found = false;
        for (int row = 0; row < _rows.Count; row++)
        {
            foreach (string cell in _rows[row])
            {
                bool isNumber = FeatureCells.TryNumber(cell, ',', out _);
                if (cell.Contains('.') && FeatureCells.TryNumber(cell, '.', out _)) return false;
                found |= isNumber && cell.Contains(',') && !MaySeparateThousands(cell);
                areAllNumbers &= row == 0 || isNumber || FormOf(cell) == CsvCellForm.Missing;
            }
        }

        areAllNumbers &= _rows.Count > 1 || Array.TrueForAll(_rows[0], cell => FeatureCells.TryNumber(cell, ',', out _));
        return found;
    }

    /// <summary>Whether all cells of a column below the first row that say something are numbers, and there is one.</summary>
    public bool IsNumericBelow(int column)
    {
        bool found = false;
        foreach (string[] row in _rows.Skip(1))
        {
            if (column >= row.Length) continue;
            CsvCellForm form = FormOf(row[column]);
            if (form == CsvCellForm.Text) return false;
            found |= form != CsvCellForm.Missing;
        }

        return found;
    }

    /// <summary>Whether a column below the first row counts 0, 1, 2 and so on, in two rows at least.</summary>
    public bool CountsBelow(int column)
    {
        int[] numbers = [.. _rows.Skip(1).Select(row => column < row.Length && int.TryParse(row[column], NumberStyles.None,
            CultureInfo.InvariantCulture, out int number) ? number : -1)];
        return numbers.Length >= 2 && numbers.SequenceEqual(Enumerable.Range(0, numbers.Length));
    }

    private static bool MaySeparateThousands(string cell)
    {
        string digits = cell.TrimStart('-', '+');
        int comma = digits.IndexOf(',', StringComparison.Ordinal);
        return comma is >= 1 and <= 3 && digits.Length - comma == 4 && digits[0] != '0';
    }
}
