using IadNative.Fleet.Claims;

namespace IadNative.Fleet;

/// <summary>
/// Claims in a folder, which may be shared by many machines: a small file a job, which its process touches while it is at it. A claim ends
/// with its process, on another machine when its file was not touched for two minutes.
/// </summary>
public sealed class FolderJobClaims : IJobClaims
{
    private readonly string _folder;
    private readonly TimeProvider _clock;
    private readonly Lazy<WorkClaims> _claims;

    /// <summary>Claims; the folder is made with the first.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="clock">The time; null for the system's.</param>
    /// <exception cref="ArgumentException">The folder is empty, or no path.</exception>
    public FolderJobClaims(string folder, TimeProvider? clock = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        (_folder, _clock) = (Path.GetFullPath(folder), clock ?? TimeProvider.System);
        _claims = new Lazy<WorkClaims>(() => new WorkClaims(_folder, _clock));
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The key is no SHA-256.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public Task<IDisposable?> TryTakeAsync(string key, CancellationToken cancellationToken = default)
    {
        Digest.Require(key, nameof(key));
        return Task.Run<IDisposable?>(() => _claims.Value.TryTake(key), cancellationToken);
    }
}
