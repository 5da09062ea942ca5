using System.Globalization;
using IadNative.Messages;

namespace IadNative.Detectors;

/// <summary>What a user should know of the columns that a detector was fitted on, in sentences.</summary>
internal static class ColumnNotes
{
    private const int Named = 5;

    // Where more cells than that lie far out, it is the column's shape.
    private const double MostExtreme = 0.05;

    // Of the distinct values.
    private const double MostCollapsed = 0.01;

    /// <summary>One sentence for each kind of thing that is noteworthy; none where all is well.</summary>
    /// <param name="columns">The columns.</param>
    /// <param name="rows">n.</param>
    /// <param name="options">The options as used.</param>
    public static IReadOnlyList<string> Of(IReadOnlyList<ColumnReport> columns, int rows, FitOptions options)
    {
        var notes = new List<string>();
        ColumnReport[] extreme = [.. columns.Where(column => column.Extreme > 0 && column.Extreme <= Math.Max(1, MostExtreme * rows))];
        Add(notes, extreme, "extreme cells, more than 100 robust standard deviations from the median",
            column => FormattableString.Invariant($"{column.Extreme} as far out as {column.Farthest:G6}"),
            options.Scaling == FeatureScaling.Robust
                ? "Robust scaling keeps them from hiding others; if they stand for missing values, say so with --na or leave them out."
                : "Mean and standard deviation follow them, so that all other cells look alike; --scaling robust does not.");
        ColumnReport[] filled = [.. columns.Where(column => column.Missing > 0)];
        Add(notes, filled, "missing cells",
            column => FormattableString.Invariant($"{column.Missing} of {rows}")
                + (column.Fill is { } fill ? FormattableString.Invariant($", filled with {fill:G6}") : ", like an unseen level"),
            "The model fills them from here, whatever it scores.");
        ColumnReport[] constant = [.. columns.Where(column => column.Constant is not null)];
        Add(notes, constant, "one value in all rows, and tell nothing",
            column => column.Constant!.Value.ToString("G6", CultureInfo.InvariantCulture),
            "A row in which one of them moves is flagged when it is scored.");
        ColumnReport[] collapsed = [.. columns.Where(column => column.Collapsed > MostCollapsed * column.Distinct)];
        Add(notes, collapsed, "different values that training in float32 cannot tell apart",
            column => FormattableString.Invariant($"{column.Collapsed} of {column.Distinct}"),
            "Leave extreme cells out, or split such a column.");
        return notes;
    }

    private static void Add(
        List<string> notes, ColumnReport[] columns, string what, Func<ColumnReport, string> detail, string advice)
    {
        if (columns.Length == 0) return;
        string named = string.Join("; ", columns.Take(Named).Select(column => $"{ForeignText.Quote(column.Column.Name)} ({detail(column)})"));
        string more = columns.Length > Named ? FormattableString.Invariant($"; and {columns.Length - Named} more") : "";
        string subject = columns.Length == 1 ? "column has" : "columns have";
        notes.Add(FormattableString.Invariant($"{columns.Length} {subject} {what}: {named}{more}. {advice}"));
    }
}
