namespace IadNative.Fleet;

/// <summary>
/// Where the files of partitions (<see cref="PartitionFile"/>) are kept by their hash, for whoever fits them. Safe for concurrent use, also
/// by several processes where the store is one for all.
/// </summary>
public interface IPartitionStore
{
    /// <summary>Keeps a partition unless it is there.</summary>
    /// <param name="hash">Its hash.</param>
    /// <param name="content">Its file.</param>
    /// <param name="cancellationToken">Stops before it is kept.</param>
    /// <returns>Whether it was kept now; false where it was there.</returns>
    /// <exception cref="IOException">It cannot be written.</exception>
    Task<bool> TryAddAsync(string hash, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default);

    /// <summary>The file of a partition as it was kept, which the reader checks; null where there is none.</summary>
    /// <param name="hash">Its hash.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    Task<byte[]?> FindAsync(string hash, CancellationToken cancellationToken = default);
}
