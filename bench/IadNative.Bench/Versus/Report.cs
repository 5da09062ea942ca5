using System.Globalization;
using System.Text;

namespace IadNative.Bench.Versus;

/// <summary>All that a run found, and the page that publishes it.</summary>
internal sealed record Report(
    DateOnly Date, string Command, string Machine, double? LoadBefore, double? LoadAfter,
    IReadOnlyDictionary<string, string> Versions, IReadOnlyList<ResultRow> Rows)
{
    /// <summary>What stands from here on in a page is written by hand, and stays when the page is written anew.</summary>
    private const string Kept = "## Notes";

    /// <summary>One line on a row, for the console.</summary>
    public static string Line(ResultRow row)
    {
        IEnumerable<string> peers =
            row.Peers.Select(peer => $"{peer.Name} {Text(peer.Median)}{(peer.Matches ? "" : " (NO MATCH)")}");
        return $"  ours {Text(row.Ours.Median)} {row.Unit}; {string.Join(", ", peers)}; {Ratio(row)}{Goal(row)}";
    }

    /// <summary>Writes the page, with the notes of the one that is there.</summary>
    /// <returns>Whether there were any: they are about earlier results.</returns>
    public bool WritePage(string path)
    {
        string before = File.Exists(path) ? File.ReadAllText(path) : "";
        int notes = before.IndexOf(Kept, StringComparison.Ordinal);
        File.WriteAllText(path, Page() + (notes < 0 ? "" : before[notes..]));
        return notes >= 0;
    }

    private string Page()
    {
        var page = new StringBuilder();
        Add($"# The CPU engine beside TorchSharp and ONNX Runtime, {Date:MMMM yyyy}\n");
        Add($"""

            The same work on all sides: the same initial weights, batches and order of samples, on the same machine in the same
            run, in turn. Times are medians over the repetitions; a ratio is the best peer's median over ours, and beside it stand
            the smallest and largest ratio within one repetition. *Match* says whether the losses of the first steps, or the
            scores, are ours to four digits, and the mean loss of the timed training's first epoch to three. NAME-spec is the same
            work with the defaults of `iad fit`; the others have no batch norm, as the peers were first measured. Our times of
            training include each epoch's shuffle and the scaling of features, which the peers are given ready-made; those of a job
            include all that `AnomalyDetector.Fit` reports.

            | row | work | threads | ours | best peer | peer | ratio | goal | match |
            |---|---|---|---|---|---|---|---|---|

            """);
        foreach (ResultRow row in Rows)
        {
            string goal = row is { Threads: 1, Goal: { } least } ? $"{Text(least)}x" : "";
            Add($"| {row.Name} | {row.Title} | {row.Threads} | {Text(row.Ours.Median)} {row.Unit} | {Text(row.Best.Median)} | ");
            Add($"{row.Best.Name} | {Ratio(row)} | {goal} | {(row.Best.Matches ? "yes" : "NO")} |\n");
        }

        Add($"""

            All sides, with the spread over the repetitions. GFLOP/s are those of the matrix products alone, masked-out weights
            not counted and convolutions as if nobody saved products; single rows have p99 and managed bytes allocated per call.

            | row | threads | side | median | smallest | largest | GFLOP/s | p99, us | bytes |
            |---|---|---|---|---|---|---|---|---|

            """);
        foreach ((ResultRow row, Series side) in Rows.SelectMany(row => row.Peers.Prepend(row.Ours), (row, side) => (row, side)))
        {
            Add($"| {row.Name} | {row.Threads} | {side.Name} | {Text(side.Median)} {row.Unit} | {Text(side.Min)} | ");
            Add($"{Text(side.Max)} | {Text(side.Gigaflops)} | {Text(side.P99)} | {Text(side.Bytes)} |\n");
        }

        Add($"\n");
        foreach (ResultRow row in Rows.Where(row => row.Note is not null)) Add($"- {row.Name}: {row.Note}\n");
        Add($"\nCommand:\n\n    {Command}\n\n");
        Add($"Machine: {Machine}; load average {Text(LoadBefore)} before, {Text(LoadAfter)} after.\n");
        Add($"Versions: {string.Join(", ", Versions.Select(version => $"{version.Key} {version.Value}"))}.\n\n");
        return page.ToString();

        void Add(FormattableString text) => page.Append(FormattableString.Invariant(text));
    }

    private static string Ratio(ResultRow row) => $"{Text(row.Ratio)}x ({Text(row.Ratios.Min())}–{Text(row.Ratios.Max())})";

    private static string Goal(ResultRow row) =>
        row.Goal is { } goal && row.Threads == 1 ? $", goal {Text(goal)}x {(row.Ratio >= goal ? "met" : "MISSED")}" : "";

    // Three digits, more where there are more before the point.
    private static string Text(double? value) => value switch
    {
        null => "",
        0 => "0",
        >= 100 => value.Value.ToString("F0", CultureInfo.InvariantCulture),
        >= 10 => value.Value.ToString("F1", CultureInfo.InvariantCulture),
        >= 1 => value.Value.ToString("F2", CultureInfo.InvariantCulture),
        _ => value.Value.ToString("G3", CultureInfo.InvariantCulture),
    };
}
