using System.Reflection;
using Npgsql;

namespace IadNative.Fleet.PostgreSql;

/// <summary>
/// Fleets in a PostgreSQL database, of version 12 or newer: who has work submits it here, nodes of a cluster find it here, and results stay here.
/// Safe for concurrent use.
/// </summary>
public sealed class PostgreSqlFleets : IAsyncDisposable, IDisposable
{
    private const int IdLength = 16;

    private readonly NpgsqlDataSource _source;
    private readonly Database _database;

    /// <summary>Fleets in a database; nothing is connected yet.</summary>
    /// <param name="connectionString">
    /// Such as <c>Host=db;Database=iad;Username=iad</c>; all that Npgsql knows. Unless it says otherwise, a connection is waited for 5 seconds, an
    /// answer 20.
    /// </param>
    /// <exception cref="ArgumentException">It is empty, or not well formed.</exception>
    public PostgreSqlFleets(string connectionString)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionString);
        var builder = new NpgsqlSlimDataSourceBuilder(DatabaseConnection.Of(connectionString).ConnectionString);
        builder.EnableArrays();
        builder.EnableTransportSecurity();
        builder.EnableIntegratedSecurity();
        _source = builder.Build();
        _database = new Database(_source);
        (Partitions, Results) = (new PostgreSqlPartitionStore(_database), new PostgreSqlJobStore(_database));
    }

    /// <summary>The partitions of all fleets.</summary>
    public IPartitionStore Partitions { get; }

    /// <summary>The results of all fleets: what two have alike is fitted once.</summary>
    public IJobStore Results { get; }

    /// <summary>Makes all tables, those by which nodes know each other too; what is there stays.</summary>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="IOException">The database cannot be reached, or refuses.</exception>
    public async Task CreateTablesAsync(CancellationToken cancellationToken = default)
    {
        foreach (string file in (string[])["fleets.sql", "membership.sql"])
        {
            using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(file)!;
            using var reader = new StreamReader(stream);
            await _database.ExecuteAsync(await reader.ReadToEndAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Whether all tables are there, those by which nodes know each other too.</summary>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="IOException">They are not, or the database cannot be reached, or refuses.</exception>
    public async Task CheckTablesAsync(CancellationToken cancellationToken = default)
    {
        await OpenAsync(cancellationToken).ConfigureAwait(false);
        await _database.QueryAsync("select QueryKey from iad.OrleansQuery limit 1", row => row.GetString(0), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Submits a plan, whose partitions are stored already. The same plan is the same fleet: submitting it again goes on with what has no result.
    /// </summary>
    /// <param name="plan">The plan.</param>
    /// <param name="name">What people call the fleet.</param>
    /// <param name="cancellationToken">Stops before it is submitted.</param>
    /// <returns>Its id.</returns>
    /// <exception cref="IOException">The database cannot be reached, or refuses.</exception>
    public async Task<string> SubmitAsync(FleetPlan plan, string name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(name);
        string id = plan.Hash[..IdLength];
        await _database.ExecuteAsync(
            """
            with blocks as (delete from iad.fleet_block where fleet = $1 and not has_ended)
            insert into iad.fleet (id, name, plan, jobs, state) values ($1, $2, $3, $4, 'open')
            on conflict (id) do update
                set state = 'open', name = excluded.name, submission = iad.fleet.submission + 1, submitted_at = now(), ended_at = null
            """, cancellationToken, id, name, plan.Write(), plan.Jobs).ConfigureAwait(false);
        return id;
    }

    /// <summary>All fleets, those that were submitted last first.</summary>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="IOException">The database cannot be reached, or refuses.</exception>
    public async Task<IReadOnlyList<SubmittedFleet>> ListAsync(CancellationToken cancellationToken = default) => await ReadAsync("", cancellationToken).ConfigureAwait(false);

    /// <summary>A fleet; null where there is none.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="IOException">The database cannot be reached, or refuses.</exception>
    public async Task<SubmittedFleet?> FindAsync(string id, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(id);
        return (await ReadAsync("where f.id = $1", cancellationToken, id).ConfigureAwait(false)).SingleOrDefault();
    }

    /// <summary>The plan of a fleet; null where there is none.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="IOException">The database cannot be reached, or refuses.</exception>
    /// <exception cref="DataFormatException">The plan is damaged, or of another version.</exception>
    public async Task<FleetPlan?> ReadPlanAsync(string id, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(id);
        List<byte[]> plans = await _database.QueryAsync(
            "select plan from iad.fleet where id = $1", row => row.GetFieldValue<byte[]>(0), cancellationToken, id).ConfigureAwait(false);
        return plans.Count == 0 ? null : FleetPlan.Read(plans[0], id);
    }

    /// <summary>Asks nodes to stop with a fleet: they begin nothing more of it, and fits that are running end first.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="cancellationToken">Stops before they are asked.</param>
    /// <returns>Whether it was open.</returns>
    /// <exception cref="IOException">The database cannot be reached, or refuses.</exception>
    public async Task<bool> CancelAsync(string id, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(id);
        return await _database.ExecuteAsync("update iad.fleet set state = 'cancelled' where id = $1 and state = 'open'", cancellationToken, id).ConfigureAwait(false) == 1;
    }

    /// <summary>
    /// Forgets failures of a plan's jobs, and opens the fleet again where there were some, block by block: whatever is forgotten is tried again,
    /// also where this ends in the middle.
    /// </summary>
    /// <param name="id">Its id.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="cancellationToken">Stops between two blocks.</param>
    /// <returns>How many were forgotten.</returns>
    /// <exception cref="IOException">The database cannot be reached, or refuses.</exception>
    public async Task<long> RetryAsync(string id, FleetPlan plan, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(id);
        ArgumentNullException.ThrowIfNull(plan);
        long forgotten = 0;
        for (int block = 0; block < FleetBlock.CountOf(plan.Jobs); block++)
        {
            long first = (long)block * FleetBlock.Size;
            string[] keys = [.. Enumerable.Range(0, (int)Math.Min(FleetBlock.Size, plan.Jobs - first)).Select(i => plan.KeyOf(first + i))];
            IReadOnlyList<JobState> states = await Results.StatesAsync(keys, cancellationToken).ConfigureAwait(false);
            string[] failed = [.. keys.Where((_, i) => states[i] == JobState.Failed)];
            if (failed.Length == 0) continue;

            // Nobody reports while the fleet is locked, and whoever looked before it was cannot any more.
            await _database.ExecuteAsync(
                cancellationToken,
                ("update iad.fleet set state = 'open', submission = submission + 1, ended_at = null where id = $1", [id]),
                ("delete from iad.fleet_block where fleet = $1 and number = $2", [id, block]),
                ("delete from iad.job_start where key = any($1)", [failed]),
                ("delete from iad.result where key = any($1) and digest is null", [failed])).ConfigureAwait(false);
            forgotten += failed.Length;
        }

        return forgotten;
    }

    /// <summary>Digest alarms of any fleet: detectors of one engine for one key that differ.</summary>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="IOException">The database cannot be reached, or refuses.</exception>
    public async Task<IReadOnlyList<DigestAlarm>> AlarmsAsync(CancellationToken cancellationToken = default) => await _database.QueryAsync(
        "select key, engine, stored, second from iad.digest_alarm order by seen_at",
        row => new DigestAlarm(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3)), cancellationToken).ConfigureAwait(false);

    /// <summary>How far the blocks are that somebody has begun with, in their order.</summary>
    /// <param name="id">The fleet.</param>
    /// <param name="first">The first block that is asked for.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="IOException">The database cannot be reached, or refuses.</exception>
    public async Task<IReadOnlyList<FleetBlock>> BlocksAsync(string id, int first = 0, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(id);
        return await _database.QueryAsync(
            "select number, done, failed, has_ended from iad.fleet_block where fleet = $1 and number >= $2 order by number",
            row => new FleetBlock(row.GetInt32(0), row.GetInt32(1), row.GetInt32(2), row.GetBoolean(3)), cancellationToken, id, first).ConfigureAwait(false);
    }

    /// <summary>Says how far a block is, for as long as the fleet is open and was not opened again since the block was looked at.</summary>
    /// <param name="id">The fleet.</param>
    /// <param name="submission"><see cref="SubmittedFleet.Submission"/> as it was before the block was looked at.</param>
    /// <param name="block">The block.</param>
    /// <param name="cancellationToken">Stops before it is said.</param>
    /// <returns>Whether it counts; otherwise look anew, or stop.</returns>
    /// <exception cref="IOException">The database cannot be reached, or refuses.</exception>
    public async Task<bool> ReportAsync(string id, long submission, FleetBlock block, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(id);
        return await _database.ExecuteAsync(
            """
            insert into iad.fleet_block (fleet, number, done, failed, has_ended)
            select id, $3, $4, $5, $6 from iad.fleet where id = $1 and state = 'open' and submission = $2 for share
            on conflict (fleet, number) do update set done = excluded.done, failed = excluded.failed, has_ended = excluded.has_ended
            """, cancellationToken, id, submission, block.Number, block.Done, block.Failed, block.HasEnded).ConfigureAwait(false) == 1;
    }

    /// <summary>Says that somebody begins with a job of a fleet that is open.</summary>
    /// <param name="id">The fleet.</param>
    /// <param name="key">The job's key.</param>
    /// <param name="cancellationToken">Stops before it is said.</param>
    /// <returns>How often somebody has, this time included, since the job had a result; 0 where the fleet is not open.</returns>
    /// <exception cref="IOException">The database cannot be reached, or refuses.</exception>
    public async Task<int> BeginAsync(string id, string key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(id);
        ArgumentNullException.ThrowIfNull(key);
        return (await _database.QueryAsync(
            """
            insert into iad.job_start (key, starts) select $2, 1 from iad.fleet where id = $1 and state = 'open'
            on conflict (key) do update set starts = iad.job_start.starts + 1 returning starts
            """, row => row.GetInt32(0), cancellationToken, id, key).ConfigureAwait(false)).SingleOrDefault();
    }

    /// <summary>Says that somebody who had begun with a job left it for reasons of his own, which does not count.</summary>
    /// <param name="key">The job's key.</param>
    /// <param name="cancellationToken">Stops before it is said.</param>
    /// <exception cref="IOException">The database cannot be reached, or refuses.</exception>
    public async Task TakeBackAsync(string key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        await _database.ExecuteAsync("update iad.job_start set starts = starts - 1 where key = $1 and starts > 0", cancellationToken, key).ConfigureAwait(false);
    }

    /// <summary>Whether a fleet is open and was not opened again.</summary>
    /// <param name="id">The fleet.</param>
    /// <param name="submission"><see cref="SubmittedFleet.Submission"/> as it was.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="IOException">The database cannot be reached, or refuses.</exception>
    public async Task<bool> IsOpenAsync(string id, long submission, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(id);
        return (await _database.QueryAsync(
            "select 1 from iad.fleet where id = $1 and submission = $2 and state = 'open'", _ => true, cancellationToken, id, submission).ConfigureAwait(false)).Count == 1;
    }

    /// <summary>Marks an open fleet as ended if all its blocks are.</summary>
    /// <param name="id">The fleet.</param>
    /// <param name="submission"><see cref="SubmittedFleet.Submission"/> as it was before the blocks were looked at.</param>
    /// <param name="blocks">How many it has.</param>
    /// <param name="cancellationToken">Stops before it is marked.</param>
    /// <returns>Whether it was.</returns>
    /// <exception cref="IOException">The database cannot be reached, or refuses.</exception>
    public async Task<bool> TryEndAsync(string id, long submission, int blocks, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(id);
        return await _database.ExecuteAsync(
            """
            update iad.fleet set state = 'ended', ended_at = now()
            where id = $1 and state = 'open' and submission = $2 and (select count(*) from iad.fleet_block where fleet = $1 and has_ended) = $3
            """, cancellationToken, id, submission, (long)blocks).ConfigureAwait(false) == 1;
    }

    /// <summary>Ids of the fleets that are open, those that were submitted first first.</summary>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="IOException">The database cannot be reached, or refuses.</exception>
    public async Task<IReadOnlyList<string>> OpenAsync(CancellationToken cancellationToken = default) => await _database.QueryAsync(
        "select id from iad.fleet where state = 'open' order by submitted_at, id", row => row.GetString(0), cancellationToken).ConfigureAwait(false);

    /// <summary>Closes all connections.</summary>
    public void Dispose() => _source.Dispose();

    /// <summary>Closes all connections.</summary>
    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private Task<List<SubmittedFleet>> ReadAsync(string where, CancellationToken cancellationToken, params object?[] values) => _database.QueryAsync(
        $"""
        select f.id, f.name, f.state, f.jobs, coalesce(sum(b.done), 0)::bigint, coalesce(sum(b.failed), 0)::bigint, f.submitted_at, f.submission, f.ended_at
        from iad.fleet f left join iad.fleet_block b on b.fleet = f.id {where}
        group by f.id order by f.submitted_at desc, f.id
        """,
        row => new SubmittedFleet(
            row.GetString(0), row.GetString(1), Enum.Parse<FleetState>(row.GetString(2), ignoreCase: true), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5),
            new DateTimeOffset(row.GetDateTime(6)), row.GetInt64(7), row.IsDBNull(8) ? null : new DateTimeOffset(row.GetDateTime(8))),
        cancellationToken, values);
}
