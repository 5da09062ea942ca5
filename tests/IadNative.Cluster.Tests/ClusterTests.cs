using System.Diagnostics;

namespace IadNative.Cluster.Tests;

/// <summary>
/// Nodes as processes, and a database, all of which die, stop and come back while they work: every job ends in exactly one result, the same to
/// the bit as in one process.
/// </summary>
[Category("Cluster")]
[NonParallelizable]
public sealed class ClusterTests
{
    private static readonly TestFleet s_fleet = TestFleet.Of(partitions: 120, seeds: 10, epochs: 40);

    private ClusterRun _run = null!;

    [SetUp]
    public async Task StartServer() => _run = await ClusterRun.StartAsync(s_fleet);

    [TearDown]
    public async Task StopAll()
    {
        if (_run is not null) await _run.DisposeAsync();
    }

    [Test]
    public async Task Nodes_that_are_killed_every_three_seconds_lose_no_fit_and_store_none_twice()
    {
        _run.StartNodes(3);
        string id = await _run.SubmitAsync();
        await _run.UntilSome(id, 10);
        var random = new System.Random(5);
        int kills = 0;
        await _run.UntilEnded(id, every: TimeSpan.FromSeconds(3), () =>
        {
            // On a machine that is so busy that nodes take longer to come than to be killed, none would ever be there.
            if (_run.Nodes.Count(node => node.HasJoined) < 2) return;
            int victim = random.Next(_run.Nodes.Count);
            _run.Nodes[victim].Kill();
            _run.Nodes[victim].Dispose();
            _run.Nodes[victim] = new NodeProcess(_run.Server.ConnectionString);
            kills++;
        });
        TestContext.Out.WriteLine($"{kills} nodes were killed");
        Assert.That(kills, Is.GreaterThan(1));
        await _run.ExpectAll();
    }

    [Test]
    public async Task When_a_node_dies_others_do_its_work_within_twenty_seconds()
    {
        _run.StartNodes(2);
        string id = await _run.SubmitAsync();
        await _run.UntilSome(id, 50);
        // Of two, one of which has the fleet and blocks: kill both, one after the other, each replaced only when work goes on.
        foreach (int victim in (int[])[0, 1])
        {
            _run.Nodes[victim].Kill();
            long killed = Stopwatch.GetTimestamp();
            long done = (await _run.FindAsync(id)).Done;
            await _run.UntilSome(id, done + 20);
            TestContext.Out.WriteLine($"work went on {Stopwatch.GetElapsedTime(killed).TotalSeconds:F1} s after a node was killed");
            Assert.That(Stopwatch.GetElapsedTime(killed), Is.LessThan(TimeSpan.FromSeconds(20)));
            _run.Nodes[victim].Dispose();
            _run.Nodes[victim] = new NodeProcess(_run.Server.ConnectionString);
            await ClusterRun.UntilJoined(_run.Nodes[victim]);
        }

        await _run.UntilEnded(id);
        await _run.ExpectAll();
    }

    [Test]
    public async Task A_node_that_stands_still_for_a_while_does_no_harm()
    {
        _run.StartNodes(3);
        string id = await _run.SubmitAsync();
        await _run.UntilSome(id, 20);
        await ClusterRun.UntilJoined(_run.Nodes[0]);
        _run.Nodes[0].Send("STOP");
        long stopped = Stopwatch.GetTimestamp();
        long done = (await _run.FindAsync(id)).Done;
        await _run.UntilSome(id, done + 30);
        TestContext.Out.WriteLine($"work went on {Stopwatch.GetElapsedTime(stopped).TotalSeconds:F1} s after a node stood still");
        Assert.That(Stopwatch.GetElapsedTime(stopped), Is.LessThan(TimeSpan.FromSeconds(40)));
        await Task.Delay(TimeSpan.FromSeconds(10));
        _run.Nodes[0].Send("CONT");
        // It finds itself taken for dead, and ends.
        ClusterRun.UntilGone(_run.Nodes[0]);
        _run.Nodes[0].Dispose();
        _run.Nodes[0] = new NodeProcess(_run.Server.ConnectionString);
        await _run.UntilEnded(id);
        await _run.ExpectAll();
    }

    [Test]
    public async Task When_the_database_is_killed_nothing_is_lost_and_work_goes_on_when_it_is_back()
    {
        _run.StartNodes(2);
        string id = await _run.SubmitAsync();
        await _run.UntilSome(id, 50);
        _run.Server.Kill();
        await Task.Delay(TimeSpan.FromSeconds(8));
        _run.Server.Start();
        long back = Stopwatch.GetTimestamp();
        long done = (await _run.FindAsync(id)).Done;
        await _run.UntilSome(id, done + 20);
        TestContext.Out.WriteLine($"work went on {Stopwatch.GetElapsedTime(back).TotalSeconds:F1} s after the database was back");
        await _run.UntilEnded(id);
        await _run.ExpectAll();
    }

    [Test]
    public async Task A_fleet_that_is_cancelled_stops_and_goes_on_when_it_is_submitted_again()
    {
        _run.StartNodes(2);
        string id = await _run.SubmitAsync();
        await _run.UntilSome(id, 20);
        Assert.That(await _run.Fleets.CancelAsync(id), Is.True);
        long done = await _run.UntilStillAsync();
        Assert.That(done, Is.LessThan(s_fleet.Plan.Jobs));
        Assert.That(await _run.SubmitAsync(), Is.EqualTo(id));
        await _run.UntilEnded(id);
        await _run.ExpectAll();
    }

    [Test]
    public async Task A_node_that_is_asked_to_stop_leaves_in_good_order()
    {
        _run.StartNodes(2);
        string id = await _run.SubmitAsync();
        await _run.UntilSome(id, 20);
        await ClusterRun.UntilJoined(_run.Nodes[0]);
        _run.Nodes[0].Send("TERM");
        Assert.That(_run.Nodes[0].WaitForExit(TimeSpan.FromMinutes(4)), Is.Zero, _run.Nodes[0].Printed);
        await _run.UntilEnded(id);
        await _run.ExpectAll();
    }

    [Test]
    public async Task A_node_that_is_asked_to_stop_before_it_has_joined_ends_without_an_error()
    {
        _run.StartNodes(1);
        await ClusterRun.UntilJoined(_run.Nodes[0]);
        // Who joins asks this one whether it can be reached, and waits.
        _run.Nodes[0].Send("STOP");
        _run.StartNodes(1);
        await _run.UntilKnownAsync(nodes: 2);
        _run.Nodes[1].Send("TERM");
        Assert.That(_run.Nodes[1].WaitForExit(TimeSpan.FromMinutes(4)), Is.Zero, _run.Nodes[1].Printed);
        Assert.That(_run.Nodes[1].HasJoined, Is.False);
        Assert.That(_run.Nodes[1].Printed, Does.Contain("note: stopped before it was one of the cluster's.").And.Not.Contain("fail").And.Not.Contain("error"));
    }
}
