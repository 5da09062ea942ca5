namespace IadNative.Fleet.PostgreSql;

/// <summary>Partitions in a database.</summary>
internal sealed class PostgreSqlPartitionStore(Database database) : IPartitionStore
{
    public async Task<bool> TryAddAsync(string hash, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
    {
        // Where it is there already, which is often, the bytes need not travel.
        if ((await database.QueryAsync("select 1 from iad.partition where hash = $1", _ => true, cancellationToken, hash).ConfigureAwait(false)).Count > 0)
            return false;
        return await database.ExecuteAsync(
            "insert into iad.partition (hash, content) values ($1, $2) on conflict do nothing", cancellationToken, hash, content).ConfigureAwait(false) == 1;
    }

    public async Task<byte[]?> FindAsync(string hash, CancellationToken cancellationToken = default) =>
        (await database.QueryAsync("select content from iad.partition where hash = $1", row => row.GetFieldValue<byte[]>(0), cancellationToken, hash)
            .ConfigureAwait(false)).SingleOrDefault();
}
