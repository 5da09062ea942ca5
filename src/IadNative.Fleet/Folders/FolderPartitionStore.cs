using IadNative.Persistence;

namespace IadNative.Fleet;

/// <summary>
/// Partitions in a folder, which may be shared by many machines: one file each, HASH.safetensors, below a folder that is named by the first two
/// digits. A damaged file counts as not there and is replaced.
/// </summary>
public sealed class FolderPartitionStore : IPartitionStore
{
    private readonly string _folder;

    /// <summary>A store; folders are made when something is kept.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="ArgumentException">It is empty, or no path.</exception>
    public FolderPartitionStore(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        _folder = Path.GetFullPath(folder);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The hash is no SHA-256, or the content is not that of the hash.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public Task<bool> TryAddAsync(string hash, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
    {
        Digest.Require(hash, nameof(hash));
        if (!PartitionFile.IsSound(content.ToArray(), hash)) throw new ArgumentException("The content is no partition of this hash.", nameof(content));
        return Task.Run(() => SharedFile.TryAdd(PathOf(hash), content, stored => PartitionFile.IsSound(stored, hash)), cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The hash is no SHA-256.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public Task<byte[]?> FindAsync(string hash, CancellationToken cancellationToken = default)
    {
        Digest.Require(hash, nameof(hash));
        return Task.Run(() => SharedFile.Find(PathOf(hash)), cancellationToken);
    }

    private string PathOf(string hash) => Path.Combine(_folder, hash[..2], hash + ".safetensors");
}
