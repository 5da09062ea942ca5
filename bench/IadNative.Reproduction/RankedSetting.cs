
namespace IadNative.Reproduction;

/// <summary>A setting of a grid and how near the paper it comes.</summary>
/// <param name="Model">Short name of the base model.</param>
/// <param name="Settings">The options of <c>iad fit</c> that say it.</param>
/// <param name="Distance">Mean absolute difference to the paper's Base, IAD and IAD-Best over all data sets, a fraction.</param>
/// <param name="Within">How many of these numbers lie near the paper's.</param>
/// <param name="Improved">On how many data sets IAD improves on the base model.</param>
/// <param name="Missing">Numbers that are missing because training failed for all seeds; such a setting comes last.</param>
/// <param name="Stopped">Trials that stopped early, since a loss or score was not finite; they keep what they had.</param>
internal sealed record RankedSetting(
    string Model, string Settings, double Distance, int Within, int Improved, int Missing, int Stopped)
{
    /// <summary>
    /// Ranks the settings of each model, nearest first, but those last that lack a number: their distances leave it out. Settings that ran
    /// on more data sets come before those that ran on fewer.
    /// </summary>
    public static IReadOnlyList<RankedSetting> Rank(IReadOnlyList<CellSummary> cells) =>
        [.. cells.GroupBy(cell => (cell.Model, Settings: cell.Cell.Settings.ToString()))
            .Select(group => (Sets: group.Count(), Setting: Measure(group)))
            .OrderBy(ranked => ranked.Setting.Model, StringComparer.Ordinal).ThenBy(ranked => ranked.Setting.Missing)
            .ThenByDescending(ranked => ranked.Sets).ThenBy(ranked => ranked.Setting.Distance).Select(ranked => ranked.Setting)];

    private static RankedSetting Measure(IGrouping<(string Model, string Settings), CellSummary> group)
    {
        CellSummary[] cells = [.. group];
        (Auc? Ours, Auc Paper)[] pairs = [.. cells.SelectMany(Agreement.Pairs)];
        double[] distances = [.. pairs.Where(pair => pair.Ours is not null)
            .Select(pair => Math.Abs(pair.Ours!.Mean - pair.Paper.Mean))];
        Agreement agreement = Agreement.Of(cells);
        return new RankedSetting(group.Key.Model, group.Key.Settings, distances.Length == 0 ? 1 : distances.Average(),
            agreement.Within, agreement.Improved, pairs.Length - distances.Length, cells.Sum(cell => cell.Stopped));
    }
}
