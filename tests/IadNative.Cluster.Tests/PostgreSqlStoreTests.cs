using IadNative.Fleet;
using IadNative.Fleet.PostgreSql;
using Npgsql;

namespace IadNative.Cluster.Tests;

/// <summary>The stores in a database keep what the stores in a folder keep.</summary>
[Category("Cluster")]
[NonParallelizable]
public sealed class PostgreSqlStoreTests
{
    private static readonly string s_key = new('a', 64), s_other = new('b', 64);

    private PostgresServer _server = null!;
    private PostgreSqlFleets _fleets = null!;

    [OneTimeSetUp]
    public async Task StartServer()
    {
        _server = new PostgresServer();
        _fleets = new PostgreSqlFleets(_server.ConnectionString);
        await _fleets.CreateTablesAsync();
        await _fleets.CreateTablesAsync();
    }

    [OneTimeTearDown]
    public void StopServer()
    {
        _fleets?.Dispose();
        _server?.Dispose();
    }

    [SetUp]
    public async Task Empty() => await ExecuteAsync("truncate iad.result, iad.partition, iad.digest_alarm, iad.job_start, iad.fleet cascade");

    [Test]
    public async Task Of_many_who_add_at_once_one_has_added()
    {
        bool[] stored = await Task.WhenAll(Enumerable.Range(0, 24).Select(async _ => (await _fleets.Results.TryAddAsync(Detector(s_key, [1, 2, 3]))).IsStored));
        Assert.That(stored.Count(added => added), Is.EqualTo(1));
        Assert.That((await _fleets.Results.FindAsync(s_key))!.Detector!.Model.ToArray(), Is.EqualTo((byte[])[1, 2, 3]));
        Assert.That(await _fleets.Results.FindAsync(s_other), Is.Null);
    }

    [Test]
    public async Task Another_digest_of_the_same_engine_is_an_alarm_and_the_first_stays()
    {
        await _fleets.Results.TryAddAsync(Detector(s_key, [1]));
        Assert.That(await _fleets.Results.TryAddAsync(Detector(s_key, [1])), Is.EqualTo(new AddOutcome(IsStored: false)));
        Assert.That(await _fleets.Results.TryAddAsync(Detector(s_key, [2]) with { Engine = "another" }), Is.EqualTo(new AddOutcome(IsStored: false)));
        AddOutcome outcome = await _fleets.Results.TryAddAsync(Detector(s_key, [2]));
        Assert.That(outcome.Alarm, Is.Not.Null);
        Assert.That(await _fleets.AlarmsAsync(), Is.EqualTo((DigestAlarm[])[outcome.Alarm!]));
        Assert.That((await _fleets.Results.FindAsync(s_key))!.Detector!.Model.ToArray(), Is.EqualTo((byte[])[1]));
    }

    [Test]
    public async Task States_are_told_in_the_order_of_the_keys_and_failures_alone_are_removed()
    {
        string missing = new('c', 64);
        await _fleets.Results.TryAddAsync(Detector(s_key, [1]));
        await _fleets.Results.TryAddAsync(new JobResult { Key = s_other, Engine = "engine", Seconds = 1, Failure = new JobFailure("why", 3) });
        Assert.That(await _fleets.Results.StatesAsync([missing, s_other, s_key]), Is.EqualTo((JobState[])[JobState.Missing, JobState.Failed, JobState.Done]));
        Assert.That(await _fleets.Results.RemoveFailureAsync(s_key), Is.False);
        Assert.That(await _fleets.Results.RemoveFailureAsync(s_other), Is.True);
        Assert.That(await _fleets.Results.StatesAsync([s_other, s_key]), Is.EqualTo((JobState[])[JobState.Missing, JobState.Done]));
    }

    [Test]
    public async Task A_damaged_result_does_not_count_and_makes_room()
    {
        await _fleets.Results.TryAddAsync(Detector(s_key, [1]));
        await ExecuteAsync("update iad.result set content = set_byte(content, 80, 7)");
        Assert.That(await _fleets.Results.FindAsync(s_key), Is.Null);
        Assert.That(await _fleets.Results.StatesAsync([s_key]), Is.EqualTo((JobState[])[JobState.Missing]));
        Assert.That((await _fleets.Results.TryAddAsync(Detector(s_key, [1]))).IsStored, Is.True);
        Assert.That(await _fleets.Results.FindAsync(s_key), Is.Not.Null);
    }

    [Test]
    public async Task Partitions_are_kept_once_and_damaged_ones_are_replaced()
    {
        Dataset data = TestFleet.Table(1);
        (string hash, byte[] content) = (PartitionFile.Describe("a", data).Hash, PartitionFile.Write(data));
        Assert.That(await _fleets.Partitions.TryAddAsync(hash, content), Is.True);
        Assert.That(await _fleets.Partitions.TryAddAsync(hash, content), Is.False);
        Assert.That(await _fleets.Partitions.FindAsync(hash), Is.EqualTo(content));
        Assert.That(await _fleets.Partitions.FindAsync(s_other), Is.Null);
        Assert.That(async () => await _fleets.Partitions.TryAddAsync(s_other, content), Throws.ArgumentException);
        await ExecuteAsync("update iad.partition set content = '\\x00'");
        Assert.That(await _fleets.Partitions.TryAddAsync(hash, content), Is.True);
        Assert.That(await _fleets.Partitions.FindAsync(hash), Is.EqualTo(content));
    }

    [Test]
    public async Task Fleets_are_submitted_cancelled_reported_and_ended()
    {
        TestFleet fleet = TestFleet.Of(partitions: 3, seeds: 2, epochs: 1);
        string id = await fleet.SubmitAsync(_fleets);
        Assert.That(await _fleets.OpenAsync(), Is.EqualTo((string[])[id]));
        Assert.That((await _fleets.ReadPlanAsync(id))!.Hash, Is.EqualTo(fleet.Plan.Hash));
        Assert.That(await _fleets.FindAsync("none"), Is.Null);
        Assert.That(await _fleets.ReadPlanAsync("none"), Is.Null);
        Assert.That(await _fleets.TryEndAsync(id, 1, 1), Is.False, "no block has ended");
        Assert.That(await _fleets.ReportAsync(id, 1, new FleetBlock(0, 4, 1, false)), Is.True);
        Assert.That(await _fleets.FindAsync(id), Has.Property("Done").EqualTo(4).And.Property("Failed").EqualTo(1).And.Property("Jobs").EqualTo(6));
        Assert.That(await _fleets.BeginAsync(id, s_key), Is.EqualTo(1));
        Assert.That(await _fleets.BeginAsync(id, s_key), Is.EqualTo(2));
        await _fleets.TakeBackAsync(s_key);
        Assert.That(await _fleets.BeginAsync(id, s_key), Is.EqualTo(2));
        Assert.That(await _fleets.CancelAsync(id), Is.True);
        Assert.That(await _fleets.CancelAsync(id), Is.False);
        Assert.That(await _fleets.BeginAsync(id, s_key), Is.Zero, "it is not open");
        Assert.That(await _fleets.ReportAsync(id, 1, new FleetBlock(0, 5, 1, true)), Is.False, "it is not open");
        Assert.That(await fleet.SubmitAsync(_fleets), Is.EqualTo(id));
        Assert.That(await _fleets.BlocksAsync(id), Is.Empty, "what had not ended is looked at anew");
        Assert.That(await _fleets.ReportAsync(id, 1, new FleetBlock(0, 5, 1, true)), Is.False, "it was looked at before");
        Assert.That((await _fleets.IsOpenAsync(id, 1), await _fleets.IsOpenAsync(id, 2)), Is.EqualTo((false, true)));
        await _fleets.ReportAsync(id, 2, new FleetBlock(0, 5, 1, true));
        Assert.That(await _fleets.TryEndAsync(id, 1, 1), Is.False, "that was an earlier time");
        Assert.That(await _fleets.TryEndAsync(id, 2, 1), Is.True);
        Assert.That((await _fleets.ListAsync()).Single(), Has.Property("State").EqualTo(FleetState.Ended).And.Property("EndedAt").Not.Null);
        Assert.That(await _fleets.OpenAsync(), Is.Empty);
    }

    [Test]
    public async Task Failures_are_forgotten_together_with_what_was_said_of_their_block()
    {
        TestFleet fleet = TestFleet.Of(partitions: 3, seeds: 2, epochs: 1);
        string id = await fleet.SubmitAsync(_fleets), failed = fleet.Plan.KeyOf(4);
        await _fleets.Results.TryAddAsync(Detector(fleet.Plan.KeyOf(0), [1]));
        Assert.That(await _fleets.BeginAsync(id, failed), Is.EqualTo(1));
        await _fleets.Results.TryAddAsync(new JobResult { Key = failed, Engine = "engine", Seconds = 1, Failure = new JobFailure("why", 3) });
        Assert.That(await _fleets.BeginAsync(id, failed), Is.EqualTo(1), "a result forgets how often somebody began");
        await _fleets.ReportAsync(id, 1, new FleetBlock(0, 5, 1, true));
        await _fleets.TryEndAsync(id, 1, 1);
        Assert.That(await _fleets.RetryAsync(id, fleet.Plan), Is.EqualTo(1));
        Assert.That(await _fleets.FindAsync(id), Has.Property("State").EqualTo(FleetState.Open).And.Property("Submission").EqualTo(2).And.Property("Done").Zero);
        Assert.That(await _fleets.Results.StatesAsync([failed, fleet.Plan.KeyOf(0)]), Is.EqualTo((JobState[])[JobState.Missing, JobState.Done]));
        Assert.That(await _fleets.RetryAsync(id, fleet.Plan), Is.Zero);
        Assert.That((await _fleets.FindAsync(id))!.Submission, Is.EqualTo(2));
    }

    [Test]
    public async Task Without_tables_or_a_database_it_says_what_to_do()
    {
        await ExecuteAsync("create database empty_one");
        await using (var empty = new PostgreSqlFleets(_server.ConnectionString.Replace("Database=postgres", "Database=empty_one", StringComparison.Ordinal)))
            Assert.That(async () => await empty.OpenAsync(), Throws.InstanceOf<IOException>().With.Message.Contains("iad cluster init"));
        await using var nowhere = new PostgreSqlFleets($"Host=127.0.0.1;Port={PostgresServer.FreePort()};Timeout=2");
        Assert.That(async () => await nowhere.OpenAsync(), Throws.InstanceOf<IOException>().With.Message.Contains("database"));
        Assert.That(() => new PostgreSqlFleets("no=thing"), Throws.ArgumentException);
    }

    private static JobResult Detector(string key, byte[] model) => new()
    {
        Key = key,
        Engine = "engine",
        Seconds = 0.5,
        Detector = new FittedDetector
        {
            Model = model,
            Digest = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(model)),
            Rounds = 2,
            Threshold = 1,
            Flagged = 3,
        },
    };

    private async Task ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(_server.ConnectionString);
        await using NpgsqlCommand command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
