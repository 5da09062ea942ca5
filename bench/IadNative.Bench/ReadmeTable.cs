using System.Text;

namespace IadNative.Bench;

/// <summary>The README's table of how fast the CPU engine is, made from the newest page of results.</summary>
internal static class ReadmeTable
{
    private const string Start = "<!-- From bench/results/cpu-*.md by `IadNative.Bench readme`. -->\n", End = "<!-- End. -->";
    private const int Columns = 9;

    /// <summary>The newest page of results in a folder.</summary>
    public static string NewestPage(string folder) =>
        Directory.GetFiles(folder, "cpu-*.md").Order(StringComparer.Ordinal).LastOrDefault()
        ?? throw new FileNotFoundException($"There is no cpu-*.md in {folder}.");

    /// <summary>The README with the table anew; the rows with a goal, on one thread.</summary>
    /// <param name="readme">The README.</param>
    /// <param name="name">Name of the page's file.</param>
    /// <param name="page">The page.</param>
    /// <exception cref="FormatException">The README has no place for the table, or the page no rows for it.</exception>
    public static string Rewrite(string readme, string name, string page)
    {
        int start = readme.IndexOf(Start, StringComparison.Ordinal);
        int end = readme.IndexOf(End, Math.Max(start, 0), StringComparison.Ordinal);
        if (start < 0 || end < 0) throw new FormatException("The README has lost the comments around its table of speed.");

        string[] lines = page.Split('\n');
        string machine = Array.Find(lines, line => line.StartsWith("Machine: ", StringComparison.Ordinal))
            ?? throw new FormatException($"{name} does not say on which machine.");
        var table = new StringBuilder();
        foreach (string[] cells in lines.Select(Cells).Where(IsRow))
            table.Append($"| {cells[1]} | {cells[3]} | {cells[4]}, {cells[5]} | {cells[6]} |\n");
        if (table.Length == 0) throw new FormatException($"{name} has no rows.");
        return $"""
            {readme[..start]}{Start}On {machine["Machine: ".Length..machine.IndexOf(';', StringComparison.Ordinal)]}, one thread;
            [bench/results/{name}](bench/results/{name}) has all rows, the spread, versions and the command:

            | work | IadNative | best peer | ratio |
            |---|---|---|---|
            {table}{readme[end..]}
            """;
    }

    private static string[] Cells(string line) =>
        line.StartsWith('|') ? line.Trim('|').Split('|', StringSplitOptions.TrimEntries) : [];

    private static bool IsRow(string[] cells) =>
        cells.Length == Columns && cells[2] == "1" && cells[7].Length > 0 && cells[^1] == "yes";
}
