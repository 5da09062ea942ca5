using System.Diagnostics;
using IadNative.Fleet.PostgreSql;
using Npgsql;

namespace IadNative.Cluster.Tests;

/// <summary>A database, nodes as processes, and a fleet that they fit, with patience of minutes: a busy machine is no fault.</summary>
internal sealed class ClusterRun : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(8);

    private readonly TestFleet _fleet;

    private ClusterRun(TestFleet fleet, string hosts)
    {
        _fleet = fleet;
        Server = new PostgresServer(hosts);
        Fleets = new PostgreSqlFleets(Server.ConnectionString);
    }

    /// <summary>The database.</summary>
    public PostgresServer Server { get; }

    /// <summary>The fleets in it.</summary>
    public PostgreSqlFleets Fleets { get; }

    /// <summary>The nodes; those that a test ends it may replace.</summary>
    public List<NodeProcess> Nodes { get; } = [];

    /// <summary>Starts a database with tables.</summary>
    /// <param name="fleet">What is to be fitted.</param>
    /// <param name="hosts">Addresses that the database listens at.</param>
    public static async Task<ClusterRun> StartAsync(TestFleet fleet, string hosts = "127.0.0.1")
    {
        var run = new ClusterRun(fleet, hosts);
        await run.Fleets.CreateTablesAsync();
        return run;
    }

    /// <summary>Starts nodes on loopback.</summary>
    public void StartNodes(int count)
    {
        for (int i = 0; i < count; i++) Nodes.Add(new NodeProcess(Server.ConnectionString));
    }

    /// <summary>Submits the fleet.</summary>
    /// <returns>Its id.</returns>
    public Task<string> SubmitAsync() => _fleet.SubmitAsync(Fleets);

    /// <summary>Waits until no fit has ended for five seconds.</summary>
    /// <returns>Those that have a result.</returns>
    public async Task<long> UntilStillAsync()
    {
        long start = Stopwatch.GetTimestamp(), count = -1;
        while (true)
        {
            long before = count;
            count = await CountAsync();
            if (count == before) return count;
            if (Stopwatch.GetElapsedTime(start) > s_patience) Assert.Fail($"Fits still end after {s_patience}.");
            await Task.Delay(TimeSpan.FromSeconds(5));
        }
    }

    private async Task<long> CountAsync() => (await _fleet.DigestsAsync(Fleets.Results)).LongCount(digest => digest != "none");

    /// <summary>Waits until so many fits have ended, or all.</summary>
    public async Task UntilSome(string id, long jobs)
    {
        long start = Stopwatch.GetTimestamp();
        while (await FindAsync(id) is { } fleet && fleet.Done + fleet.Failed < Math.Min(jobs, fleet.Jobs))
        {
            if (Stopwatch.GetElapsedTime(start) > s_patience) Assert.Fail($"{fleet} after {s_patience}.");
            await Task.Delay(100);
        }
    }

    /// <summary>Waits until the fleet has ended, well.</summary>
    /// <param name="id">The fleet.</param>
    /// <param name="every">How often it is disturbed.</param>
    /// <param name="disturb">Disturbs it.</param>
    public async Task UntilEnded(string id, TimeSpan every = default, Action? disturb = null)
    {
        long start = Stopwatch.GetTimestamp(), last = start;
        while (await FindAsync(id) is { State: FleetState.Open } fleet)
        {
            if (Stopwatch.GetElapsedTime(start) > s_patience) Assert.Fail($"{fleet} after {s_patience}.");
            if (disturb is not null && Stopwatch.GetElapsedTime(last) > every)
            {
                disturb();
                last = Stopwatch.GetTimestamp();
            }

            await Task.Delay(100);
        }

        TestContext.Out.WriteLine($"ended after {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s");
        SubmittedFleet ended = await FindAsync(id);
        Assert.That((ended.State, ended.Done, ended.Failed), Is.EqualTo((FleetState.Ended, ended.Jobs, 0L)));
    }

    /// <summary>Waits until so many nodes have said in the database that they are there, whether or not they have joined.</summary>
    public async Task UntilKnownAsync(int nodes)
    {
        await using var database = NpgsqlDataSource.Create(Server.ConnectionString);
        await using NpgsqlCommand count = database.CreateCommand("SELECT count(*) FROM iad.OrleansMembershipTable");
        long start = Stopwatch.GetTimestamp();
        while ((long)(await count.ExecuteScalarAsync())! < nodes)
        {
            if (Stopwatch.GetElapsedTime(start) > s_patience) Assert.Fail($"Fewer than {nodes} nodes after {s_patience}.");
            await Task.Delay(20);
        }
    }

    /// <summary>Fits that somebody has begun with and that have no result.</summary>
    public async Task<int> CountAtWorkAsync()
    {
        await using var database = NpgsqlDataSource.Create(Server.ConnectionString);
        await using NpgsqlCommand count = database.CreateCommand(
            "SELECT count(*) FROM iad.job_start s WHERE s.starts > 0 AND NOT EXISTS (SELECT FROM iad.result r WHERE r.key = s.key)");
        return (int)(long)(await count.ExecuteScalarAsync())!;
    }

    /// <summary>Waits until a node is one of the cluster's.</summary>
    public static async Task UntilJoined(NodeProcess node)
    {
        long start = Stopwatch.GetTimestamp();
        while (!node.HasJoined)
        {
            if (node.HasEnded || Stopwatch.GetElapsedTime(start) > s_patience) Assert.Fail($"A node did not start:\n{node.Printed}");
            await Task.Delay(100);
        }
    }

    /// <summary>Waits until a node has found itself taken for dead, and ended.</summary>
    public static void UntilGone(NodeProcess node) => Assert.That(node.WaitForExit(s_patience), Is.Not.Null.And.Not.Zero);

    /// <summary>Expects the results that one process gives, and no alarm.</summary>
    public async Task ExpectAll()
    {
        Assert.That(await _fleet.DigestsAsync(Fleets.Results), Is.EqualTo(await _fleet.DigestsHereAsync()));
        Assert.That(await Fleets.AlarmsAsync(), Is.Empty);
    }

    /// <summary>How far a fleet is. A database that has just come back refuses for a moment.</summary>
    public async Task<SubmittedFleet> FindAsync(string id)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return (await Fleets.FindAsync(id))!;
            }
            catch (IOException) when (Stopwatch.GetElapsedTime(start) < s_patience)
            {
                await Task.Delay(200);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (NodeProcess node in Nodes)
        {
            if (TestContext.CurrentContext.Result.Outcome.Status == NUnit.Framework.Interfaces.TestStatus.Failed) TestContext.Out.WriteLine(node.Printed);
            node.Dispose();
        }

        await Fleets.DisposeAsync();
        Server.Dispose();
    }
}
