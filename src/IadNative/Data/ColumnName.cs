using System.Globalization;
using System.Text;
using IadNative.Messages;

namespace IadNative.Data;

/// <summary>Finds the columns that options speak of, by name or else by number, and names them in messages.</summary>
internal static class ColumnName
{
    /// <summary>An option read as a column number.</summary>
    /// <param name="option">The option.</param>
    /// <param name="columns">The table's columns.</param>
    /// <param name="index">The column from 0; meaningful only where the result is true.</param>
    /// <returns>Whether it is the number of a column: 1 to columns, or -columns to -1 from the end.</returns>
    public static bool TryNumber(string option, int columns, out int index)
    {
        if (!int.TryParse(option, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number))
        {
            index = -1;
            return false;
        }

        index = number > 0 ? number - 1 : columns + number;
        return number != 0 && index >= 0 && index < columns;
    }

    /// <summary>The column that an option speaks of, from 0.</summary>
    /// <param name="what">What the column is, such as <c>label column</c>, for messages.</param>
    /// <param name="option">Its name or number; null asks for none.</param>
    /// <param name="names">The source's names, null where there are none.</param>
    /// <param name="columns">The table's columns.</param>
    /// <param name="file">For messages.</param>
    /// <returns>-1 where none is asked for.</returns>
    /// <exception cref="DataFormatException">There is no such column, or two of that name.</exception>
    public static int Find(string what, string? option, IReadOnlyList<string>? names, int columns, string file)
    {
        if (option is null) return -1;
        int named = IndexOf(names, option, 0);
        if (named >= 0)
        {
            int second = IndexOf(names, option, named + 1);
            return second < 0 ? named : throw Doubled(file, named, second, option);
        }

        if (TryNumber(option, columns, out int index)) return index;
        string available = names is null
            ? $"The file has no names; its columns are 1 to {columns} (or -1 to -{columns} from the end)"
            : $"Its {columns} columns are {List(names)}";
        throw new DataFormatException($"{file}: there is no {what} {ForeignText.Quote(option)}. {available}.");
    }

    /// <summary>The error of two columns with one name.</summary>
    public static DataFormatException Doubled(string file, int first, int second, string name) => new(
        $"{file}: columns {first + 1} and {second + 1} are both called {ForeignText.Quote(name)}. Rename one, or leave one out with " +
        $"--drop {second + 1}.");

    /// <summary>A column in a message: by its number from 1 and its name, if it has one.</summary>
    public static string Describe(int column, string? name) =>
        name is null ? $"column {column + 1}" : $"column {column + 1} ({ForeignText.Quote(name)})";

    /// <summary>Names for a message, shortened when there are many, or when they are long.</summary>
    public static string List(IReadOnlyList<string> names)
    {
        const int Listed = 40, ListedCharacters = 1000;
        var shown = new StringBuilder();
        int count = 0;
        for (; count < Math.Min(names.Count, Listed) && shown.Length < ListedCharacters; count++)
            shown.Append(count > 0 ? ", " : "").Append(ForeignText.Quote(names[count]));
        return count < names.Count ? $"{shown} and {names.Count - count} more" : shown.ToString();
    }

    /// <summary>
    /// What an option calls a column, as a shell takes it: its name or, where there is none or it is long or not all shown, its number.
    /// </summary>
    public static string Option(int column, string? name) => name is not null && IsShown(name) ? Shell(name) : $"{column + 1}";

    /// <summary>Whether a message shows a text as it is.</summary>
    public static bool IsShown(string text) => text.Length is > 0 and <= ForeignText.Longest && ForeignText.Plain(text) == text;

    /// <summary>A text as a shell takes it.</summary>
    public static string Shell(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '+' or '.' || c > 127)
            ? text : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static int IndexOf(IReadOnlyList<string>? names, string name, int start)
    {
        for (int i = start; i < names?.Count; i++)
        {
            if (names[i] == name) return i;
        }

        return -1;
    }
}
