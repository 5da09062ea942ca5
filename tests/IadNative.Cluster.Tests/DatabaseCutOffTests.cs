using System.Diagnostics;

namespace IadNative.Cluster.Tests;

/// <summary>Nodes that reach each other, and of which one or all do not reach the database, or have different numbers of slots.</summary>
[Category("Cluster")]
[NonParallelizable]
public sealed class DatabaseCutOffTests
{
    private static readonly TestFleet s_fleet = TestFleet.Of(partitions: 120, seeds: 10, epochs: 120);

    [Test]
    public async Task A_node_that_alone_is_cut_off_from_the_database_ends_and_the_others_do_its_work()
    {
        await using ClusterRun run = await ClusterRun.StartAsync(s_fleet);
        using var link = new DatabaseLink(run.Server.Port);
        // The first has the fleet and both blocks of it.
        run.Nodes.Add(new NodeProcess(run.Server.At("127.0.0.1", link.Port)));
        await ClusterRun.UntilJoined(run.Nodes[0]);
        string id = await run.SubmitAsync();
        await run.UntilSome(id, 20);
        run.StartNodes(2);
        foreach (NodeProcess node in run.Nodes) await ClusterRun.UntilJoined(node);

        link.Set(isUp: false);
        long cut = Stopwatch.GetTimestamp();
        TestContext.Out.WriteLine($"when it was cut off: {await run.FindAsync(id)}");
        Task<double> wentOn = Task.Run(async () =>
        {
            await run.UntilSome(id, (await run.FindAsync(id)).Done + 20);
            return Stopwatch.GetElapsedTime(cut).TotalSeconds;
        });
        int? code = await Task.Run(() => run.Nodes[0].WaitForExit(TimeSpan.FromMinutes(2)));
        TestContext.Out.WriteLine($"the node ended {Stopwatch.GetElapsedTime(cut).TotalSeconds:F1} s after it was cut off from the database");
        TestContext.Out.WriteLine($"work went on {await wentOn:F1} s after that");
        Assert.That(code, Is.Not.Null.And.Not.Zero, run.Nodes[0].Printed);
        Assert.That(run.Nodes[0].Printed, Does.Contain("has not reached the database"));
        Assert.That(await wentOn, Is.LessThan(60));
        // Whatever starts it again has it wait in vain.
        using (var again = new NodeProcess(run.Server.At("127.0.0.1", link.Port)))
            Assert.That(again.WaitForExit(TimeSpan.FromMinutes(2)), Is.EqualTo(IadNative.Cli.ExitCodes.BadInput), again.Printed);
        await run.UntilEnded(id);
        Assert.That(run.Nodes[1..].Select(node => node.HasEnded), Is.All.False);
        await run.ExpectAll();
    }

    [Test]
    public async Task A_database_that_nobody_reaches_for_long_ends_no_node()
    {
        await using ClusterRun run = await ClusterRun.StartAsync(s_fleet);
        run.StartNodes(2);
        foreach (NodeProcess node in run.Nodes) await ClusterRun.UntilJoined(node);
        string id = await run.SubmitAsync();
        await run.UntilSome(id, 20);
        run.Server.Kill();
        await Task.Delay(TimeSpan.FromSeconds(40));
        run.Server.Start();
        await run.UntilEnded(id);
        Assert.That(run.Nodes.Select(node => node.HasEnded), Is.All.False);
        await run.ExpectAll();
    }

    [Test]
    public async Task Nodes_get_work_by_their_slots_whichever_of_them_has_the_fleet([Values(1, 6)] int slotsOfFirst)
    {
        // Five blocks, which must agree who has the smaller one work.
        TestFleet fleet = TestFleet.Of(partitions: 410, seeds: 10, epochs: 4000);
        await using ClusterRun run = await ClusterRun.StartAsync(fleet);
        run.Nodes.Add(new NodeProcess(run.Server.ConnectionString, slotsOfFirst));
        await ClusterRun.UntilJoined(run.Nodes[0]);
        string id = await run.SubmitAsync();
        await run.UntilSome(id, 1);
        run.Nodes.Add(new NodeProcess(run.Server.ConnectionString, 7 - slotsOfFirst));
        await ClusterRun.UntilJoined(run.Nodes[1]);
        int most = 0;
        for (int i = 0; i < 100 && most < 7; i++)
        {
            most = Math.Max(most, await run.CountAtWorkAsync());
            await Task.Delay(200);
        }

        Assert.That(most, Is.EqualTo(7));
        await run.Fleets.CancelAsync(id);
    }
}
