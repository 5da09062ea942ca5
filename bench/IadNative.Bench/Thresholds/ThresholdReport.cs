using System.Globalization;
using System.Text;

namespace IadNative.Bench.Thresholds;

/// <summary>The tables of <c>thresholds</c>: every rule over all sets, and some rules for each set.</summary>
internal static class ThresholdReport
{
    public static string Write(IReadOnlyList<ScoredSet> sets, string machine)
    {
        var page = new StringBuilder();
        string[] models = [.. sets.Select(set => set.Model).Distinct()];
        int seeds = sets.Select(set => set.Seed).Distinct().Count();
        page.Append(CultureInfo.InvariantCulture, $"""
            {sets.Select(set => set.Set).Distinct().Count()} sets, {seeds} seed(s), {machine}.

            Mean F1 in percent over the sets, with default options. *better*, *worse*: fits whose F1 lies more than a point above, below that
            of `otsu`. *off*: mean of |log₂(flagged / true anomalies)|, where none flagged counts as one.

            | rule | {string.Join(" | ", models)} | all | median | better | worse | off |
            |---|{string.Concat(Enumerable.Repeat("---|", models.Length + 5))}

            """);
        var otsu = Candidates.All.First(rule => rule.Name == "otsu");
        foreach ((string name, Func<ScoredSet, double> rule) in Candidates.All)
        {
            ScoredSet[] known = [.. sets.Where(set => !double.IsNaN(rule(set)))];
            if (known.Length == 0) continue;
            double[] f1 = [.. known.Select(set => set.F1(rule(set)))];
            double[] gain = [.. known.Select((set, i) => f1[i] - set.F1(otsu.Threshold(set)))];
            double off = known.Average(set => Math.Abs(Math.Log2(Math.Max(1, set.Flagged(rule(set))) / (double)set.Anomalies)));
            IEnumerable<string> byModel = models.Select(model => known.Any(set => set.Model == model)
                ? Percent(known.Where(set => set.Model == model).Average(set => set.F1(rule(set))))
                : "");
            page.Append(CultureInfo.InvariantCulture,
                $"| {name} | {string.Join(" | ", byModel)} | {Percent(f1.Average())} | {Percent(Median(f1))} | "
                + $"{gain.Count(value => value > 0.01)} | {gain.Count(value => value < -0.01)} | {off:F2} |\n");
        }

        page.Append(BySet(sets));
        return page.ToString();
    }

    private static string BySet(IReadOnlyList<ScoredSet> sets)
    {
        string[] rules = ["true share", "otsu", "root-otsu"];
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"""

            By set, means over models and seeds: F1 in percent and, in brackets, the percentage that is flagged.

            | set | rows | anomalies % | {string.Join(" | ", rules)} |
            |---|---|---|{string.Concat(Enumerable.Repeat("---|", rules.Length))}

            """);
        foreach (IGrouping<string, ScoredSet> group in sets.GroupBy(set => set.Set).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            ScoredSet any = group.First();
            IEnumerable<string> cells = rules.Select(name =>
            {
                Func<ScoredSet, double> rule = Candidates.All.First(candidate => candidate.Name == name).Threshold;
                return $"{Percent(group.Average(set => set.F1(rule(set))))} "
                    + $"({Percent(group.Average(set => (double)set.Flagged(rule(set)) / set.Sorted.Length))})";
            });
            page.Append(CultureInfo.InvariantCulture,
                $"| {group.Key} | {any.Sorted.Length} | {Percent((double)any.Anomalies / any.Sorted.Length)} | {string.Join(" | ", cells)} |\n");
        }

        return page.ToString();
    }

    private static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static string Percent(double fraction) => (100 * fraction).ToString("F1", CultureInfo.InvariantCulture);
}
