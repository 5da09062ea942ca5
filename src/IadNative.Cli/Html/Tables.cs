namespace IadNative.Cli.Html;

/// <summary>Tables, each in a box of its own that scrolls where a screen is too narrow.</summary>
internal static class Tables
{
    /// <summary>A table whose first column names the rows.</summary>
    /// <param name="caption">What it shows.</param>
    /// <param name="columns">The headings of its columns.</param>
    /// <param name="rows">Its rows; the first cell is the row's heading.</param>
    public static Markup Grid(
        string caption, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows) => Markup.Of($"""
        <div class="table" tabindex="0" role="region" aria-label="{caption}">
        <table>
        <caption>{caption}</caption>
        <thead><tr>{columns.Select(column => Markup.Of($"""<th scope="col">{column}</th>"""))}</tr></thead>
        <tbody>
        {rows.Select(Row)}
        </tbody>
        </table>
        </div>
        """);

    /// <summary>Names and values.</summary>
    public static Markup Facts(string caption, IEnumerable<(string Name, string Value)> facts) => Markup.Of($"""
        <table class="facts">
        <caption>{caption}</caption>
        <tbody>
        {facts.Select(fact => Markup.Of($"""<tr><th scope="row">{fact.Name}</th><td>{fact.Value}</td></tr>"""))}
        </tbody>
        </table>
        """);

    private static Markup Row(IReadOnlyList<string> cells) => Markup.Of(
        $"""<tr><th scope="row">{cells[0]}</th>{cells.Skip(1).Select(cell => Markup.Of($"<td>{cell}</td>"))}</tr>""");
}
