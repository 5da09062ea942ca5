using System.Globalization;
using System.Text;
using IadNative.Metrics;

namespace IadNative.Bench.Detection;

/// <summary>The section of a page of results that sets our detectors beside classical ones.</summary>
internal static class DetectionPage
{
    /// <summary>Its heading, by which it is found again.</summary>
    public const string Heading = "## Beside classical detectors, development sets";

    private const string Reference = "IF";

    // Points of AUC that a difference must exceed to be called one.
    private const double Margin = 1;

    private static readonly string[] s_odds = ["satellite", "arrhythmia", "cardio", "thyroid", "satimage-2"];

    /// <summary>Writes the section.</summary>
    /// <param name="ours">Fits of our detectors.</param>
    /// <param name="baselines">Fits of the classical ones.</param>
    /// <param name="names">Which of ours, in their order.</param>
    public static string Write(IReadOnlyList<DetectionRow> ours, IReadOnlyList<DetectionRow> baselines, IReadOnlyList<string> names)
    {
        string[] classical = [.. baselines.Select(row => row.Detector).Distinct()];
        var table = new DetectionTable(ours.Concat(baselines), [.. names, .. classical]);
        string[] odds = [.. table.Sets.Where(IsOdds)], others = [.. table.Sets.Where(set => !IsOdds(set))];
        int most = ours.Where(row => names.Contains(row.Detector)).Select(row => row.Seed).Distinct().Count();
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"""
            {Heading}

            AUC in percent of scores of the rows that were trained on, anomalies among them; mean over seeds, of which ours have {most}. Sets
            above {DevelopmentSet.MostRows:N0} rows are cut to as many. Defaults were chosen on these sets; the classical detectors are not
            tuned, and see standardised columns ([how they are run](../README.md#classical-detectors)).

            | set | {string.Join(" | ", table.Detectors)} |
            |---|{string.Concat(Enumerable.Repeat("---:|", table.Detectors.Count))}

            """);
        foreach (string set in odds.Concat(others)) Row(set, detector => table[set, detector]!.Value);
        if (odds.Length > 0) Row($"**mean of the {odds.Length} of ODDS**", detector => table.Mean(detector, IsOdds));
        if (others.Length > 0) Row($"**mean of the other {others.Length}**", detector => table.Mean(detector, set => !IsOdds(set)));
        Row($"**mean of all {table.Sets.Count}**", detector => table.Mean(detector, _ => true));
        page.Append(RankRows(table, names, classical));
        if (table.Incomplete.Count > 0)
        {
            page.Append(CultureInfo.InvariantCulture,
                $"\nNot every detector has been fitted on {string.Join(", ", table.Incomplete)}: left out everywhere above.\n");
        }

        foreach (string name in names) page.Append(Differences(table, name, classical));
        page.Append(Controls(ours, names, table.Sets));
        return page.ToString();

        // What is best as it is printed is set in bold, all of it where several are.
        void Row(string title, Func<string, double> value)
        {
            string[] cells = [.. table.Detectors.Select(detector => Text(value(detector)))];
            string best = Text(table.Detectors.Max(value));
            page.Append(CultureInfo.InvariantCulture, $"| {title} | {string.Join(" | ", cells.Select(cell => cell == best ? $"**{cell}**" : cell))} |\n");
        }
    }

    /// <summary>A page with the section anew: in the place of the one that it has, or else at its end.</summary>
    public static string Rewrite(string page, string section)
    {
        int start = page.IndexOf(Heading + "\n", StringComparison.Ordinal);
        if (start < 0) return page.TrimEnd('\n') + "\n\n" + section;
        int end = page.IndexOf("\n## ", start, StringComparison.Ordinal);
        return end < 0 ? page[..start] + section : page[..start] + section + page[end..];
    }

    private static bool IsOdds(string set) => s_odds.Contains(set);

    private static string Text(double value) => value.ToString("F1", CultureInfo.InvariantCulture);

    // Each of ours is ranked among the classical ones alone, so that its kin do not push it down; and these among themselves and the first.
    private static string RankRows(DetectionTable table, IReadOnlyList<string> names, string[] classical)
    {
        var beside = names.ToDictionary(name => name, name => table.Among([name, .. classical]));
        IEnumerable<string> cells = table.Detectors.Select(detector =>
            (beside.GetValueOrDefault(detector) ?? beside[names[0]]).MeanRank(detector).ToString("F2", CultureInfo.InvariantCulture));
        return $"| **mean rank among {classical.Length + 1}** | {string.Join(" | ", cells)} |\n"
            + (names.Count > 1
                ? $"\nEach of ours is ranked among the classical detectors without its kin, these with {names[0]} among them.\n"
                : "");
    }

    private static string Differences(DetectionTable table, string name, string[] classical)
    {
        var text = new StringBuilder();
        if (classical.Contains(Reference))
        {
            text.Append(CultureInfo.InvariantCulture, $"""

                `{name}` is more than {Margin} point below Isolation Forest on {List(table.Above(Reference, name, Margin), "−")};
                more than {Margin} above it on {List(table.Above(name, Reference, Margin), "+")}.

                """);
        }

        IEnumerable<string> counts = classical.Select(other =>
            $"{other} {table.Above(name, other, Margin).Count}/{table.Above(other, name, Margin).Count}");
        text.Append(CultureInfo.InvariantCulture,
            $"\nSets that `{name}` wins and loses by more than {Margin} point: {string.Join(", ", counts)}.\n");
        return text.ToString();
    }

    private static string List(IReadOnlyList<(string Set, double By)> sets, string sign) => sets.Count == 0
        ? "no set"
        : $"{sets.Count} {(sets.Count == 1 ? "set" : "sets")}: {string.Join(", ", sets.Select(each => string.Create(CultureInfo.InvariantCulture, $"{each.Set} {sign}{each.By:F1}")))}";

    // Beside every AUC that of the untrained networks, and how many scores there are; a collapsed detector is to be seen.
    private static string Controls(IReadOnlyList<DetectionRow> ours, IReadOnlyList<string> names, IReadOnlyList<string> sets)
    {
        var text = new StringBuilder($"""

            Means over the sets. *Seeds*: population standard deviation, over the seeds that all sets have, of the mean over sets. *Distinct*:
            the fewest different scores of any fit. A fit that failed counts {DetectionTable.Chance}.

            | detector | untrained | round 0 | kept | seeds | distinct | neutral members | failed | seconds per fit, median and most |
            |---|---:|---:|---:|---:|---:|---:|---:|---:|

            """);
        foreach (string name in names)
        {
            DetectionRow[] fits = [.. ours.Where(row => row.Detector == name && sets.Contains(row.Set))];
            if (fits.Length == 0) continue;
            double[] bySeed =
            [
                .. fits.GroupBy(fit => fit.Seed).Where(seed => seed.Count() == sets.Count)
                    .Select(seed => Mean(seed, fit => fit.Auc ?? DetectionTable.Chance)!.Value),
            ];
            string spread = bySeed.Length > 1 ? MeanStd.Of(bySeed).Std.ToString("F2", CultureInfo.InvariantCulture) : "";
            double[] seconds = [.. fits.Select(fit => fit.Seconds).Order()];
            text.Append(CultureInfo.InvariantCulture,
                $"| {name} | {Mean(fits, fit => fit.Untrained):F1} | {Mean(fits, fit => fit.Base):F1} "
                + $"| {Mean(fits, fit => fit.Auc ?? DetectionTable.Chance):F1} | {spread} "
                + $"| {fits.Min(fit => fit.Distinct)} | {fits.Sum(fit => fit.Neutral)} of {fits.Sum(fit => fit.Members)} "
                + $"| {fits.Count(fit => fit.Auc is null)} of {fits.Length} | {seconds[seconds.Length / 2]:F1}, {seconds[^1]:F1} |\n");
        }

        return text.ToString();

        // Over sets of the mean over seeds, as the table has it.
        static double? Mean(IEnumerable<DetectionRow> fits, Func<DetectionRow, double?> value) =>
            fits.GroupBy(fit => fit.Set).Select(set => set.Average(value)).Average();
    }
}
