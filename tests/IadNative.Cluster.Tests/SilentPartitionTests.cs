using System.Diagnostics;

namespace IadNative.Cluster.Tests;

/// <summary>A node that nobody hears, and that hears nobody, while it works on: neither it nor the others do harm.</summary>
[Category("Cluster")]
[Category("Nightly")]
[NonParallelizable]
public sealed class SilentPartitionTests
{
    private static readonly TimeSpan s_cutOff = TimeSpan.FromSeconds(50);

    private static readonly TestFleet s_fleet = TestFleet.Of(partitions: 150, seeds: 20, epochs: 250);

    [Test]
    public async Task A_node_that_is_cut_off_without_a_word_does_no_harm_and_the_others_go_on()
    {
        using var network = new NodeNetwork(3);
        await using ClusterRun run = await ClusterRun.StartAsync(s_fleet, $"127.0.0.1,{NodeNetwork.Host}");
        for (int i = 0; i < 3; i++) run.Nodes.Add(Start(run, network, i));
        foreach (NodeProcess node in run.Nodes) await ClusterRun.UntilJoined(node);
        string id = await run.SubmitAsync();
        await run.UntilSome(id, 50);

        network.Set(0, isUp: false);
        long cut = Stopwatch.GetTimestamp(), done = (await run.FindAsync(id)).Done;
        await run.UntilSome(id, done + 30);
        TimeSpan wentOn = Stopwatch.GetElapsedTime(cut);
        TestContext.Out.WriteLine($"work went on {wentOn.TotalSeconds:F1} s after a node was cut off");
        Assert.That(wentOn, Is.LessThan(TimeSpan.FromSeconds(40)));
        if (s_cutOff - Stopwatch.GetElapsedTime(cut) is { Ticks: > 0 } rest) await Task.Delay(rest);
        TestContext.Out.WriteLine($"before it comes back: {await run.FindAsync(id)}");

        network.Set(0, isUp: true);
        long back = Stopwatch.GetTimestamp();
        // It was taken for dead, finds that out, and ends.
        ClusterRun.UntilGone(run.Nodes[0]);
        TestContext.Out.WriteLine($"the node ended {Stopwatch.GetElapsedTime(back).TotalSeconds:F1} s after its link was back");
        run.Nodes[0].Dispose();
        run.Nodes[0] = Start(run, network, 0);
        await ClusterRun.UntilJoined(run.Nodes[0]);
        TestContext.Out.WriteLine($"its successor joined {Stopwatch.GetElapsedTime(back).TotalSeconds:F1} s after that link was back");
        await run.UntilEnded(id);
        await run.ExpectAll();
    }

    private static NodeProcess Start(ClusterRun run, NodeNetwork network, int machine) =>
        new(run.Server.At(NodeNetwork.Host), NodeNetwork.Address(machine), network.On(machine));
}
