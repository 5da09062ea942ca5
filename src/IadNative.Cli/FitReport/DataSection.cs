using IadNative.Cli.Html;
using IadNative.Data;
using IadNative.Messages;
using static System.FormattableString;

namespace IadNative.Cli.FitReport;

/// <summary>What the data are like, and what was done to them.</summary>
internal static class DataSection
{
    private const int MostColumns = 200;

    /// <summary>What was noticed, and a table of the columns.</summary>
    public static Markup Create(FitArguments arguments, Dataset data, FitResult result) => Page.Section("Data", Markup.Of($"""
        <p>{Labels(arguments, data)}</p>
        {Notes([.. data.Notes, .. result.Notes])}
        {(result.Columns.Count == 0 ? Markup.Empty : Columns(result.Columns))}
        """));

    private static string Labels(FitArguments arguments, Dataset data) => (arguments.Data.Label, data.Labels) switch
    {
        (_, null) => "There are no labels.",
        ({ } column, _) => $"The labels in '{column}' were not used in training; the numbers above that need them are for comparison only.",
        _ => "The labels were not used in training; the numbers above that need them are for comparison only.",
    };

    private static Markup Notes(IReadOnlyList<string> notes) => notes.Count == 0
        ? Markup.Empty
        : Markup.Of($"<ul>{notes.Select(note => Markup.Of($"<li>{note}</li>"))}</ul>");

    private static Markup Columns(IReadOnlyList<ColumnReport> columns) => Markup.Of($"""
        <details>
        <summary>The {Invariant($"{columns.Count:N0}")} columns{(columns.Count > MostColumns ? Invariant($", the first {MostColumns}") : "")}</summary>
        {Tables.Grid(
            "What each column holds",
            ["column", "kind", "missing", "filled with", "constant", "extreme cells", "distinct", "collapsed"],
            columns.Take(MostColumns).Select(column => (string[])
            [
                ForeignText.Shorten(column.Column.Name), Kind(column.Column), Invariant($"{column.Missing:N0}"), Invariant($"{column.Fill:G6}"),
                Invariant($"{column.Constant:G6}"), Invariant($"{column.Extreme:N0}"), Invariant($"{column.Distinct:N0}"),
                Invariant($"{column.Collapsed:N0}"),
            ]))}
        </details>
        """);

    private static string Kind(FeatureColumn column) => column.Kind == FeatureKind.Category
        ? Invariant($"category of {column.Levels.Count:N0}")
        : column.Kind.ToString().ToLowerInvariant();
}
