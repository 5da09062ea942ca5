using System.Globalization;
using IadNative.Fleet;
using IadNative.Fleet.PostgreSql;

namespace IadNative.Cluster.Tests;

/// <summary>A fleet of small fits, what they give in this process, and what a cluster has made of them.</summary>
internal sealed class TestFleet
{
    private readonly Dataset[] _data;

    private readonly Lazy<Task<string[]>> _digestsHere;

    private TestFleet(Dataset[] data, FleetPlan plan)
    {
        (_data, Plan) = (data, plan);
        _digestsHere = new Lazy<Task<string[]>>(FitHereAsync);
    }

    /// <summary>The plan.</summary>
    public FleetPlan Plan { get; }

    /// <summary>A fleet.</summary>
    /// <param name="partitions">Partitions, of 60 rows and 3 columns each.</param>
    /// <param name="seeds">Seeds of each.</param>
    /// <param name="epochs">Epochs of a round: how long a fit takes.</param>
    public static TestFleet Of(int partitions, int seeds, int epochs)
    {
        Dataset[] data = [.. Enumerable.Range(0, partitions).Select(Table)];
        var options = new OptionGrid([Value("model", "svdd"), Value("rounds", "1"), Value("epochs", epochs.ToString(CultureInfo.InvariantCulture))]);
        var plan = new FleetPlan([.. data.Select((table, i) => PartitionFile.Describe($"sensor {i}", table))], options, [.. Enumerable.Range(0, seeds).Select(seed => (ulong)seed)]);
        return new TestFleet(data, plan);

        static KeyValuePair<string, IReadOnlyList<string>> Value(string name, string value) => new(name, [value]);
    }

    /// <summary>Stores the partitions and submits the plan.</summary>
    /// <returns>The fleet's id.</returns>
    public async Task<string> SubmitAsync(PostgreSqlFleets fleets)
    {
        for (int i = 0; i < _data.Length; i++) await fleets.Partitions.TryAddAsync(Plan.Partitions[i].Hash, PartitionFile.Write(_data[i]));
        return await fleets.SubmitAsync(Plan, "test");
    }

    /// <summary>The digests of all detectors, in the order of the jobs, as this process fits them, once.</summary>
    public Task<string[]> DigestsHereAsync() => _digestsHere.Value;

    /// <summary>The digests of all detectors in a store, in the order of the jobs; null where there is none.</summary>
    public async Task<string[]> DigestsAsync(IJobStore store)
    {
        string[] digests = new string[Plan.Jobs];
        for (int i = 0; i < digests.Length; i++) digests[i] = (await store.FindAsync(Plan.KeyOf(i)))?.Detector?.Digest ?? "none";
        return digests;
    }

    private async Task<string[]> FitHereAsync()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("iad-fleet-test-");
        try
        {
            var fleet = new FleetFolder(folder.FullName);
            for (int i = 0; i < _data.Length; i++) await fleet.Partitions.TryAddAsync(Plan.Partitions[i].Hash, PartitionFile.Write(_data[i]));
            await new FleetRunner(fleet.Partitions, fleet.Results).RunAsync(Plan);
            return await DigestsAsync(fleet.Results);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>A table of its own for each seed.</summary>
    public static Dataset Table(int seed)
    {
        var random = new System.Random(seed);
        float[] values = new float[60 * 3];
        for (int i = 0; i < values.Length; i++) values[i] = (float)(random.NextDouble() + random.NextDouble() + (i % 3));
        return new Dataset($"table {seed}", values, 60, 3);
    }
}
