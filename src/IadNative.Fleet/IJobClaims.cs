namespace IadNative.Fleet;

/// <summary>
/// Which process is at which job, so that several that work on one plan do not do the same. Claims save work and decide nothing: a job that
/// is done twice still has one result.
/// </summary>
public interface IJobClaims
{
    /// <summary>Claims a job until the claim is disposed of, or its process has ended; null where another process has it.</summary>
    /// <param name="key">The job's key.</param>
    /// <param name="cancellationToken">Stops before it is claimed.</param>
    /// <exception cref="IOException">The claim cannot be written.</exception>
    Task<IDisposable?> TryTakeAsync(string key, CancellationToken cancellationToken = default);
}
