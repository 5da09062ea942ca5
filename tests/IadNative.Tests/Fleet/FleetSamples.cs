using IadNative.Data;
using IadNative.Fleet;

namespace IadNative.Tests.Fleet;

/// <summary>Small fleets: partitions of 40 rows of 3 columns, each unlike the others, that fit in milliseconds.</summary>
internal static class FleetSamples
{
    public const string Quick = "model=svdd;rounds=1;epochs=1;network=4-2";

    public static Dataset Table(int number, bool labels = false, int rows = 40)
    {
        var random = new System.Random(100 + number);
        bool[] anomalies = [.. Enumerable.Range(0, rows).Select(row => row % 10 == 3)];
        float[] values = [.. Enumerable.Range(0, rows * 3).Select(i => (float)(random.NextDouble() + (anomalies[i / 3] ? 3 : 0)))];
        return new Dataset($"p{number}", values, rows, 3, labels ? anomalies : null, ["a", "b", "c"]);
    }

    public static FleetPlan Plan(int partitions, int seeds = 1, string options = Quick) => new(
        [.. Enumerable.Range(0, partitions).Select(number => PartitionFile.Describe($"p{number}", Table(number)))],
        OptionGrid.Parse(options), [.. Enumerable.Range(0, seeds).Select(seed => (ulong)seed)]);

    /// <summary>Stores the partitions and the plan in a folder.</summary>
    public static FleetFolder Write(string path, FleetPlan plan)
    {
        var folder = new FleetFolder(path);
        for (int i = 0; i < plan.Partitions.Count; i++)
            folder.Partitions.TryAddAsync(plan.Partitions[i].Hash, PartitionFile.Write(Table(i))).GetAwaiter().GetResult();
        folder.WritePlan(plan);
        return folder;
    }

    /// <summary>Runs a plan in its folder.</summary>
    public static FleetRun Run(FleetFolder folder, int workers = 2, CancellationToken cancellationToken = default) =>
        new FleetRunner(folder.Partitions, folder.Results) { Workers = workers }.RunAsync(folder.ReadPlan(), cancellationToken).GetAwaiter().GetResult();

    /// <summary>All results of a folder: their file names and digests, in order.</summary>
    public static string[] Digests(string path) =>
    [
        .. Directory.GetFiles(Path.Combine(path, "results"), "*.result", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(file => $"{Path.GetFileName(file)} {JobResultFile.Read(File.ReadAllBytes(file), Path.GetFileNameWithoutExtension(file)).Detector?.Digest}"),
    ];
}
