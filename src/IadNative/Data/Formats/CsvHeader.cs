using System.Globalization;

namespace IadNative.Data.Formats;

/// <summary>Whether the first row of a CSV file names the columns.</summary>
internal static class CsvHeader
{
    private const int LeastInSequence = 3;
    private const int LongSequence = 8;

    /// <summary>
    /// It does when it has text, unless it looks like the rows below it: text in columns of numbers is a name; text beside numbers
    /// that are no sequence, above text, is a sample. It also does when it counts 0, 1, 2 ... or years above other numbers.
    /// </summary>
    /// <param name="first">The first row's cells, without spaces around them.</param>
    /// <param name="isDeclared">Whether an option says by number what a column is, so that its text is no sign of a header.</param>
    /// <param name="sample">The first rows.</param>
    /// <param name="note">What is worth saying; null otherwise.</param>
    public static bool IsHeader(string[] first, Predicate<int> isDeclared, CsvSample sample, out string? note)
    {
        note = null;
        CsvCellForm[] forms = Array.ConvertAll(first, sample.FormOf);
        int[] free = [.. Enumerable.Range(0, first.Length).Where(i => !isDeclared(i))];
        int[] texts = [.. free.Where(i => forms[i] == CsvCellForm.Text)];
        int[] numbers = [.. free.Where(i => forms[i] is CsvCellForm.Whole or CsvCellForm.Value)];
        if (texts.Length == 0)
        {
            if (!IsSequenceAbove(first, sample)) return false;
            note = $"the first row, {first[0]}{(first[0].Length == 0 ? "" : ", ")}{first[1]} ... {first[^1]}, is taken for names; --header no takes it for a sample";
            return true;
        }

        if (numbers.Length == 0 || sample.Rows.Count < 2) return true;
        bool isSequence = numbers.Length >= 2 && IsSequence([.. numbers.Select(i => first[i])]);
        if (isSequence || (texts.Length >= numbers.Length && Array.TrueForAll(texts, sample.IsNumericBelow))) return true;
        note = "the first row is taken for a sample, since it has numbers; --header yes takes it for names";
        return false;
    }

    // 0, 1, 2 ... or 1, 2, 3 ... or years above numbers of another kind; the first cell may be empty, above an index.
    private static bool IsSequenceAbove(string[] first, CsvSample sample)
    {
        string[] cells = first.Length > 0 && first[0].Length == 0 ? first[1..] : first;
        if (cells.Length < LeastInSequence || sample.Rows.Count < 2 || !IsSequence(cells)) return false;
        int start = int.Parse(cells[0], CultureInfo.InvariantCulture);
        if (start is not (0 or 1 or (>= 1900 and <= 2100))) return false;
        if (sample.Rows.Skip(1).Any(row => row.Length != first.Length || IsSequence(row[^cells.Length..]))) return false;
        return cells.Length >= LongSequence || sample.Rows.Skip(1).SelectMany(row => row).Any(cell => sample.FormOf(cell) == CsvCellForm.Value);
    }

    private static bool IsSequence(string[] cells)
    {
        if (!int.TryParse(cells[0], NumberStyles.None, CultureInfo.InvariantCulture, out int start)) return false;
        for (int i = 1; i < cells.Length; i++)
        {
            if (!int.TryParse(cells[i], NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number != start + i) return false;
        }

        return true;
    }
}
