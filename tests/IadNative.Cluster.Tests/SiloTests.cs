using IadNative.Fleet.PostgreSql;
using IadNative.Orleans;
using Orleans.TestingHost;

namespace IadNative.Cluster.Tests;

/// <summary>Three silos in this process: what they make of a fleet is what a runner makes of it.</summary>
[Category("Cluster")]
[NonParallelizable]
public sealed class SiloTests
{
    private static PostgresServer s_server = null!;

    [OneTimeSetUp]
    public void StartServer() => s_server = new PostgresServer();

    [OneTimeTearDown]
    public void StopServer() => s_server?.Dispose();

    [Test]
    public async Task Three_silos_fit_a_fleet_to_the_bit_as_one_process_does([Values(1, 1500)] int jobs)
    {
        await using var fleets = new PostgreSqlFleets(s_server.ConnectionString);
        await fleets.CreateTablesAsync();
        TestFleet fleet = TestFleet.Of(partitions: Math.Max(1, jobs / 10), seeds: Math.Min(jobs, 10), epochs: 3);
        string id = await fleet.SubmitAsync(fleets);
        var builder = new InProcessTestClusterBuilder(3);
        builder.ConfigureSilo((_, silo) => FleetNode.AddGrains(silo, new FleetNodeOptions { Database = s_server.ConnectionString, Slots = 2 }));
        await using InProcessTestCluster cluster = builder.Build();
        await cluster.DeployAsync();
        for (int i = 0; i < 4800 && (await fleets.FindAsync(id))!.State == FleetState.Open; i++) await Task.Delay(100);
        SubmittedFleet ended = (await fleets.FindAsync(id))!;
        Assert.That((ended.State, ended.Done, ended.Failed), Is.EqualTo((FleetState.Ended, fleet.Plan.Jobs, 0L)));
        Assert.That(await fleet.DigestsAsync(fleets.Results), Is.EqualTo(await fleet.DigestsHereAsync()));
    }
}
