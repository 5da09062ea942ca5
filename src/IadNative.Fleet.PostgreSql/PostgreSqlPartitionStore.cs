using System.Security.Cryptography;

namespace IadNative.Fleet.PostgreSql;

/// <summary>Partitions in a database.</summary>
internal sealed class PostgreSqlPartitionStore(Database database) : IPartitionStore
{
    public async Task<bool> TryAddAsync(string hash, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
    {
        if (!PartitionFile.IsSound(content.ToArray(), hash)) throw new ArgumentException("The content is no partition of this hash.", nameof(content));

        // Where it is there already, which is often, the bytes need not travel. What is there and damaged is replaced.
        List<byte[]> stored = await database.QueryAsync(
            "select sha256(content) from iad.partition where hash = $1", row => row.GetFieldValue<byte[]>(0), cancellationToken, hash).ConfigureAwait(false);
        if (stored.Count > 0 && stored[0].AsSpan().SequenceEqual(SHA256.HashData(content.Span))) return false;
        return await database.ExecuteAsync(
            """
            insert into iad.partition (hash, content) values ($1, $2)
            on conflict (hash) do update set content = excluded.content where iad.partition.content <> excluded.content
            """, cancellationToken, hash, content).ConfigureAwait(false) == 1;
    }

    public async Task<byte[]?> FindAsync(string hash, CancellationToken cancellationToken = default) =>
        (await database.QueryAsync("select content from iad.partition where hash = $1", row => row.GetFieldValue<byte[]>(0), cancellationToken, hash)
            .ConfigureAwait(false)).SingleOrDefault();
}
