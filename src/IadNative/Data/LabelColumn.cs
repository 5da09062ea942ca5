using System.Globalization;

namespace IadNative.Data;

/// <summary>Finds the label column of a table: by name, or else by number.</summary>
internal static class LabelColumn
{
    /// <summary>A label option read as a column number.</summary>
    /// <param name="label">The option.</param>
    /// <param name="columns">The table's columns.</param>
    /// <param name="index">The column from 0; meaningful only where the result is true.</param>
    /// <returns>Whether it is the number of a column: 1 to columns, or -columns to -1 from the end.</returns>
    public static bool TryNumber(string label, int columns, out int index)
    {
        if (!int.TryParse(label, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number))
        {
            index = -1;
            return false;
        }
        index = number > 0 ? number - 1 : columns + number;
        return number != 0 && index >= 0 && index < columns;
    }

    /// <summary>The label column from 0, or -1 when no label was asked for.</summary>
    /// <param name="label">The option; null asks for none.</param>
    /// <param name="names">The header, null where there is none.</param>
    /// <param name="columns">The table's columns.</param>
    /// <param name="file">For messages.</param>
    /// <exception cref="DataFormatException">There is no such column, or two of that name.</exception>
    public static int Find(string? label, string[]? names, int columns, string file)
    {
        if (label == null)
            return -1;
        int named = names == null ? -1 : Array.IndexOf(names, label);
        if (named >= 0)
        {
            int second = Array.IndexOf(names!, label, named + 1);
            return second < 0 ? named : throw new DataFormatException($"{file}: columns {named + 1} and {second + 1} are " +
                $"both called {BadCells.Quote(label)}. Rename one, or give the label column's number.");
        }
        if (TryNumber(label, columns, out int index))
            return index;
        string available = names == null
            ? $"The file has no header; its columns are 1 to {columns} (or -1 to -{columns} from the end)"
            : $"Its {columns} columns are {List(names)}";
        throw new DataFormatException($"{file}: there is no label column {BadCells.Quote(label)}. {available}.");
    }

    /// <summary>Names for a message, shortened when there are many.</summary>
    public static string List(IReadOnlyList<string> names)
    {
        const int Listed = 40;
        string shown = string.Join(", ", names.Take(Listed).Select(name => BadCells.Quote(name)));
        return names.Count > Listed ? $"{shown} and {names.Count - Listed} more" : shown;
    }
}
