using IadNative.Fleet;
using IadNative.Iad;
using static System.FormattableString;

namespace IadNative.Cli.Fleet;

/// <summary>A plan in words.</summary>
internal static class PlanText
{
    private const int MostPairs = 512;

    private const double GoldenRatio = 0.618033988749895;

    /// <summary>Counts and the work that it is.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="files">Files that it was made of.</param>
    public static string Of(FleetPlan plan, int files)
    {
        long rows = plan.Partitions.Sum(partition => (long)partition.Rows);
        return Invariant($"Planned {plan.Jobs} fits: {plan.Partitions.Count} parts of {files} file(s) with {rows} rows, times {plan.Options.Count} option ")
            + Invariant($"set(s), times {plan.Seeds.Count} seed(s). Estimated work: {Work(plan):G3} rows through a network.");
    }

    /// <summary>
    /// Rows times epochs times rounds times networks. Parts with as many rows and columns are alike; where there are many kinds of them times
    /// option sets, those of a sample, spread evenly, stand for all by their rows.
    /// </summary>
    internal static double Work(FleetPlan plan)
    {
        (Partition One, int Count)[] kinds = [.. plan.Partitions.GroupBy(partition => (partition.Rows, partition.Columns.Count))
            .Select(alike => (alike.First(), alike.Count()))];
        int sets = plan.Options.Count;
        long pairs = (long)kinds.Length * sets;
        double work = 0, rows = 0;
        for (long i = 0; i < Math.Min(pairs, MostPairs); i++)
        {
            // Multiples of the golden ratio fall everywhere alike, in step with neither parts nor sets.
            long pair = pairs <= MostPairs ? i : (long)((i + 1) * GoldenRatio % 1 * pairs);
            (Partition one, int count) = kinds[pair / sets];
            FitOptions options = plan.Options.At((int)(pair % sets)).For(one.Rows, one.Columns, seed: 0);
            double passes = options.AllFamilies.Sum(family =>
                family.Count * (double)family.Epochs!.Value * Math.Min(one.Rows, family.RowsPerMember ?? one.Rows));
            work += count * passes * (options.Training.Rounds + 1);
            rows += (double)count * one.Rows;
        }

        double allRows = plan.Partitions.Sum(partition => (double)partition.Rows) * sets;
        return work * (pairs <= MostPairs ? 1 : allRows / rows) * plan.Seeds.Count;
    }
}
