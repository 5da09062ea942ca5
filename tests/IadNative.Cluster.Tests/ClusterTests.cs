using System.Diagnostics;
using IadNative.Fleet.PostgreSql;

namespace IadNative.Cluster.Tests;

/// <summary>
/// Nodes as processes, and a database, all of which die, stop and come back while they work: every job ends in exactly one result, the same to
/// the bit as in one process.
/// </summary>
[Category("Cluster")]
[NonParallelizable]
public sealed class ClusterTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(4);

    private static readonly TestFleet s_fleet = TestFleet.Of(partitions: 120, seeds: 10, epochs: 40);
    private static readonly Lazy<Task<string[]>> s_digests = new(s_fleet.DigestsHereAsync);

    private PostgresServer _server = null!;
    private PostgreSqlFleets _fleets = null!;
    private readonly List<NodeProcess> _nodes = [];

    [SetUp]
    public async Task StartServer()
    {
        _server = new PostgresServer();
        _fleets = new PostgreSqlFleets(_server.ConnectionString);
        await _fleets.CreateTablesAsync();
    }

    [TearDown]
    public async Task StopAll()
    {
        foreach (NodeProcess node in _nodes)
        {
            if (TestContext.CurrentContext.Result.Outcome.Status == NUnit.Framework.Interfaces.TestStatus.Failed) TestContext.Out.WriteLine(node.Printed);
            node.Dispose();
        }

        _nodes.Clear();
        if (_fleets is not null) await _fleets.DisposeAsync();
        _server?.Dispose();
    }

    [Test]
    public async Task Nodes_that_are_killed_every_three_seconds_lose_no_fit_and_store_none_twice()
    {
        StartNodes(3);
        string id = await s_fleet.SubmitAsync(_fleets);
        await UntilSome(id, 10);
        var random = new System.Random(5);
        int kills = 0;
        await UntilEnded(id, every: TimeSpan.FromSeconds(3), () =>
        {
            // On a machine that is so busy that nodes take longer to come than to be killed, none would ever be there.
            if (_nodes.Count(node => node.HasJoined) < 2) return;
            int victim = random.Next(_nodes.Count);
            _nodes[victim].Kill();
            _nodes[victim].Dispose();
            _nodes[victim] = new NodeProcess(_server.ConnectionString);
            kills++;
        });
        TestContext.Out.WriteLine($"{kills} nodes were killed");
        Assert.That(kills, Is.GreaterThan(1));
        await ExpectAll();
    }

    [Test]
    public async Task When_a_node_dies_others_do_its_work_within_twenty_seconds()
    {
        StartNodes(2);
        string id = await s_fleet.SubmitAsync(_fleets);
        await UntilSome(id, 50);
        // Of two, one of which has the fleet and blocks: kill both, one after the other, each replaced only when work goes on.
        foreach (int victim in (int[])[0, 1])
        {
            _nodes[victim].Kill();
            long killed = Stopwatch.GetTimestamp();
            long done = (await _fleets.FindAsync(id))!.Done;
            await UntilSome(id, done + 20);
            TestContext.Out.WriteLine($"work went on {Stopwatch.GetElapsedTime(killed).TotalSeconds:F1} s after a node was killed");
            Assert.That(Stopwatch.GetElapsedTime(killed), Is.LessThan(TimeSpan.FromSeconds(20)));
            _nodes[victim].Dispose();
            _nodes[victim] = new NodeProcess(_server.ConnectionString);
            await UntilJoined(_nodes[victim]);
        }

        await UntilEnded(id);
        await ExpectAll();
    }

    [Test]
    public async Task A_node_that_stands_still_for_a_while_does_no_harm()
    {
        StartNodes(3);
        string id = await s_fleet.SubmitAsync(_fleets);
        await UntilSome(id, 20);
        _nodes[0].Send("STOP");
        long stopped = Stopwatch.GetTimestamp();
        long done = (await _fleets.FindAsync(id))!.Done;
        await UntilSome(id, done + 30);
        TestContext.Out.WriteLine($"work went on {Stopwatch.GetElapsedTime(stopped).TotalSeconds:F1} s after a node stood still");
        Assert.That(Stopwatch.GetElapsedTime(stopped), Is.LessThan(TimeSpan.FromSeconds(40)));
        await Task.Delay(TimeSpan.FromSeconds(10));
        _nodes[0].Send("CONT");
        // It finds itself taken for dead, and ends.
        Assert.That(_nodes[0].WaitForExit(s_patience), Is.Not.Null.And.Not.Zero);
        _nodes[0].Dispose();
        _nodes[0] = new NodeProcess(_server.ConnectionString);
        await UntilEnded(id);
        await ExpectAll();
    }

    [Test]
    public async Task When_the_database_is_killed_nothing_is_lost_and_work_goes_on_when_it_is_back()
    {
        StartNodes(2);
        string id = await s_fleet.SubmitAsync(_fleets);
        await UntilSome(id, 50);
        _server.Kill();
        await Task.Delay(TimeSpan.FromSeconds(8));
        _server.Start();
        long back = Stopwatch.GetTimestamp();
        long done = (await Patiently(() => _fleets.FindAsync(id)))!.Done;
        await UntilSome(id, done + 20);
        TestContext.Out.WriteLine($"work went on {Stopwatch.GetElapsedTime(back).TotalSeconds:F1} s after the database was back");
        await UntilEnded(id);
        await ExpectAll();
    }

    [Test]
    public async Task A_fleet_that_is_cancelled_stops_and_goes_on_when_it_is_submitted_again()
    {
        StartNodes(2);
        string id = await s_fleet.SubmitAsync(_fleets);
        await UntilSome(id, 20);
        Assert.That(await _fleets.CancelAsync(id), Is.True);
        await Task.Delay(TimeSpan.FromSeconds(4));
        long done = await CountAsync();
        await Task.Delay(TimeSpan.FromSeconds(3));
        Assert.That(await CountAsync(), Is.EqualTo(done).And.LessThan(s_fleet.Plan.Jobs));
        Assert.That(await s_fleet.SubmitAsync(_fleets), Is.EqualTo(id));
        await UntilEnded(id);
        await ExpectAll();
    }

    [Test]
    public async Task A_node_that_is_asked_to_stop_leaves_in_good_order()
    {
        StartNodes(2);
        string id = await s_fleet.SubmitAsync(_fleets);
        await UntilSome(id, 20);
        _nodes[0].Send("TERM");
        Assert.That(_nodes[0].WaitForExit(TimeSpan.FromSeconds(60)), Is.Zero, _nodes[0].Printed);
        await UntilEnded(id);
        await ExpectAll();
    }

    private void StartNodes(int count)
    {
        for (int i = 0; i < count; i++) _nodes.Add(new NodeProcess(_server.ConnectionString));
    }

    private async Task ExpectAll()
    {
        Assert.That(await s_fleet.DigestsAsync(_fleets.Results), Is.EqualTo(await s_digests.Value));
        Assert.That(await _fleets.AlarmsAsync(), Is.Empty);
    }

    private async Task<long> CountAsync() => (await s_fleet.DigestsAsync(_fleets.Results)).LongCount(digest => digest != "none");

    private async Task UntilSome(string id, long jobs)
    {
        long start = Stopwatch.GetTimestamp();
        while (await Patiently(() => _fleets.FindAsync(id)) is { } fleet && fleet.Done + fleet.Failed < Math.Min(jobs, fleet.Jobs))
        {
            if (Stopwatch.GetElapsedTime(start) > s_patience) Assert.Fail($"{fleet} after {s_patience}.");
            await Task.Delay(100);
        }
    }

    private async Task UntilEnded(string id, TimeSpan every = default, Action? disturb = null)
    {
        long start = Stopwatch.GetTimestamp(), last = start;
        while (await Patiently(() => _fleets.FindAsync(id)) is { State: FleetState.Open } fleet)
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
        SubmittedFleet ended = (await _fleets.FindAsync(id))!;
        Assert.That((ended.State, ended.Done, ended.Failed), Is.EqualTo((FleetState.Ended, ended.Jobs, 0L)));
    }

    private static async Task UntilJoined(NodeProcess node)
    {
        long start = Stopwatch.GetTimestamp();
        while (!node.HasJoined)
        {
            if (node.HasEnded || Stopwatch.GetElapsedTime(start) > s_patience) Assert.Fail($"A node did not start:\n{node.Printed}");
            await Task.Delay(100);
        }
    }

    // A database that has just come back refuses for a moment.
    private static async Task<T> Patiently<T>(Func<Task<T>> action)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return await action();
            }
            catch (IOException) when (Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(30))
            {
                await Task.Delay(200);
            }
        }
    }
}
