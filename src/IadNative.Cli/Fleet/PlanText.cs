using IadNative.Fleet;
using IadNative.Iad;
using static System.FormattableString;

namespace IadNative.Cli.Fleet;

/// <summary>A plan in words.</summary>
internal static class PlanText
{
    /// <summary>Counts and the work that it is.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="files">Files that it was made of.</param>
    public static string Of(FleetPlan plan, int files)
    {
        long rows = plan.Partitions.Sum(partition => (long)partition.Rows);
        return Invariant($"Planned {plan.Jobs} fits: {plan.Partitions.Count} parts of {files} file(s) with {rows} rows, times {plan.Options.Count} option ")
            + Invariant($"set(s), times {plan.Seeds.Count} seed(s). Estimated work: {Work(plan):G3} rows through a network.");
    }

    // Rows times epochs times rounds times networks; parts with as many rows and columns are alike.
    private static double Work(FleetPlan plan)
    {
        double work = 0;
        foreach (IGrouping<(int, int), Partition> alike in plan.Partitions.GroupBy(partition => (partition.Rows, partition.Columns.Count)))
        {
            Partition one = alike.First();
            for (int set = 0; set < plan.Options.Count; set++)
            {
                FitOptions options = plan.Options.At(set).For(one.Rows, one.Columns, seed: 0);
                double passes = options.AllFamilies.Sum(family =>
                    family.Count * (double)family.Epochs!.Value * Math.Min(one.Rows, family.RowsPerMember ?? one.Rows));
                work += alike.Count() * passes * (options.Training.Rounds + 1);
            }
        }

        return work * plan.Seeds.Count;
    }
}
