namespace IadNative.Fleet.PostgreSql;

/// <summary>
/// Results in a database. One that is found damaged does not count, and makes room for the next. How often somebody has begun with a job is
/// forgotten with its result.
/// </summary>
internal sealed class PostgreSqlJobStore(Database database) : IJobStore
{
    public async Task<JobResult?> FindAsync(string key, CancellationToken cancellationToken = default)
    {
        byte[]? content = await ReadAsync(key, cancellationToken).ConfigureAwait(false);
        return content is null ? null : Read(content, key);
    }

    public async Task<AddOutcome> TryAddAsync(JobResult result, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(result);
        byte[] content = JobResultFile.Write(result);
        while (true)
        {
            int added = await database.ExecuteAsync(
                """
                with begun as (delete from iad.job_start where key = $1)
                insert into iad.result (key, engine, digest, content) values ($1, $2, $3, $4) on conflict do nothing
                """, cancellationToken,
                result.Key, result.Engine, result.Detector?.Digest, content).ConfigureAwait(false);
            if (added == 1) return new AddOutcome(IsStored: true);
            byte[]? stored = await ReadAsync(result.Key, cancellationToken).ConfigureAwait(false);
            if (stored is null) continue;
            if (Read(stored, result.Key) is { } first) return new AddOutcome(IsStored: false, await AlarmAsync(first, result, cancellationToken).ConfigureAwait(false));
            await database.ExecuteAsync("delete from iad.result where key = $1 and content = $2", cancellationToken, result.Key, stored).ConfigureAwait(false);
        }
    }

    public async Task<IReadOnlyList<JobState>> StatesAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(keys);
        List<(string Key, bool IsFailure)> found = await database.QueryAsync(
            // The first 64 bytes are the digest of all behind the 65th, see JobResultFile.
            "select key, digest is null from iad.result where key = any($1) "
                + "and encode(sha256(substring(content from 66)), 'hex')::bytea = substring(content for 64)", row => (row.GetString(0), row.GetBoolean(1)), cancellationToken,
            (object)keys.ToArray()).ConfigureAwait(false);
        var states = found.ToDictionary(row => row.Key, row => row.IsFailure ? JobState.Failed : JobState.Done);
        return [.. keys.Select(key => states.GetValueOrDefault(key, JobState.Missing))];
    }

    public async Task<bool> RemoveFailureAsync(string key, CancellationToken cancellationToken = default) =>
        await database.ExecuteAsync("delete from iad.result where key = $1 and digest is null", cancellationToken, key).ConfigureAwait(false) == 1;

    private async Task<byte[]?> ReadAsync(string key, CancellationToken cancellationToken) =>
        (await database.QueryAsync("select content from iad.result where key = $1", row => row.GetFieldValue<byte[]>(0), cancellationToken, key)
            .ConfigureAwait(false)).SingleOrDefault();

    private static JobResult? Read(byte[] content, string key)
    {
        try
        {
            return JobResultFile.Read(content, key);
        }
        catch (DataFormatException)
        {
            return null;
        }
    }

    private async Task<DigestAlarm?> AlarmAsync(JobResult stored, JobResult second, CancellationToken cancellationToken)
    {
        if (DigestAlarm.For(stored, second) is not { } alarm) return null;
        await database.ExecuteAsync(
            "insert into iad.digest_alarm (key, engine, stored, second) values ($1, $2, $3, $4) on conflict do nothing", cancellationToken,
            alarm.Key, alarm.Engine, alarm.Stored, alarm.Second).ConfigureAwait(false);
        return alarm;
    }
}
