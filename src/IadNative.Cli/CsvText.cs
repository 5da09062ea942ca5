using System.Buffers;
using System.Globalization;
using IadNative.Messages;

namespace IadNative.Cli;

/// <summary>
/// Writes text into CSV. A spreadsheet takes a cell that begins with one of a few characters for a formula, and runs it; an apostrophe
/// in front makes it text. Names, which come from whoever made the data, get one unless told otherwise; values only when told, because
/// other programs join on them.
/// </summary>
/// <param name="formulas">Which texts are guarded.</param>
/// <param name="isScreen">Whether it is read on a terminal, which must not get control characters; a file keeps what the data hold.</param>
internal sealed class CsvText(FormulaGuard formulas, bool isScreen)
{
    private const string Starts = "=+-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20";

    private static readonly SearchValues<char> s_special = SearchValues.Create(",\"\r\n");

    /// <summary>A cell with a name, such as a column's.</summary>
    public string Name(string text) => Cell(text, isGuarded: formulas != FormulaGuard.Keep);

    /// <summary>A cell with a value, such as what a sample is called.</summary>
    public string Value(string text) => Cell(text, isGuarded: formulas == FormulaGuard.GuardAll);

    /// <summary>A cell with this text: in quotes where a comma, a quote or a line break is in it.</summary>
    public static string Quote(string text) => text.AsSpan().ContainsAny(s_special)
        ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
        : text;

    /// <summary>
    /// Whether a spreadsheet may take a cell for a formula: its first character but spaces, quotes and such as are not seen is one of
    /// = + - @, also in full width, a tab or a line break, and it is no plain number.
    /// </summary>
    public static bool IsFormula(string text)
    {
        foreach (char c in text)
        {
            if (Starts.Contains(c, StringComparison.Ordinal)) return !IsNumber(text);
            if (c is not ('"' or '\0') && !char.IsWhiteSpace(c) && char.GetUnicodeCategory(c) is not (UnicodeCategory.Format or UnicodeCategory.Control))
                return false;
        }

        return false;
    }

    private static bool IsNumber(string text) =>
        double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out _);

    private string Cell(string text, bool isGuarded)
    {
        if (isGuarded && IsFormula(text)) text = "'" + text;
        return Quote(isScreen ? ForeignText.Plain(text) : text);
    }
}
