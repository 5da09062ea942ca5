namespace IadNative.Fleet;

/// <summary>How far a job is.</summary>
public enum JobState
{
    /// <summary>There is no result.</summary>
    Missing,

    /// <summary>There is a detector.</summary>
    Done,

    /// <summary>There is a failure.</summary>
    Failed,
}

/// <summary>
/// Where results are kept, each once: whoever adds first has added it. Safe for concurrent use, also by several processes where the store
/// is one for all. What is kept and found damaged counts as not there.
/// </summary>
public interface IJobStore
{
    /// <summary>A result; null where there is none.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    Task<JobResult?> FindAsync(string key, CancellationToken cancellationToken = default);

    /// <summary>Keeps a result unless there is one of its key.</summary>
    /// <param name="result">The result.</param>
    /// <param name="cancellationToken">Stops before it is kept.</param>
    /// <returns>Whether it was kept, and the alarm where another one of the same engine has another digest.</returns>
    /// <exception cref="IOException">It cannot be written.</exception>
    Task<AddOutcome> TryAddAsync(JobResult result, CancellationToken cancellationToken = default);

    /// <summary>How far each of some jobs is: one answer a key, in their order. A caller asks for some thousand at most.</summary>
    /// <param name="keys">Their keys.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    Task<IReadOnlyList<JobState>> StatesAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken = default);

    /// <summary>Removes a result that is a failure, so that its job is done again.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="cancellationToken">Stops before it is removed.</param>
    /// <returns>Whether there was a failure.</returns>
    /// <exception cref="IOException">It cannot be removed.</exception>
    Task<bool> RemoveFailureAsync(string key, CancellationToken cancellationToken = default);
}

/// <summary>What became of a result that was to be kept.</summary>
/// <param name="IsStored">Whether it was; otherwise there was one already.</param>
/// <param name="Alarm">Two results of one engine that should be the same and are not; null where all is well.</param>
public readonly record struct AddOutcome(bool IsStored, DigestAlarm? Alarm = null);

/// <summary>
/// The same engine has given two different detectors for one key: a fault of the machine or of the program. The first stays.
/// </summary>
/// <param name="Key">The key.</param>
/// <param name="Engine">The engine.</param>
/// <param name="Stored">The digest of the detector that is kept.</param>
/// <param name="Second">The digest of the other.</param>
public sealed record DigestAlarm(string Key, string Engine, string Stored, string Second)
{
    /// <summary>The alarm for two results of one key; null where there is none.</summary>
    /// <param name="stored">The one that is kept.</param>
    /// <param name="second">The other.</param>
    public static DigestAlarm? For(JobResult stored, JobResult second)
    {
        ArgumentNullException.ThrowIfNull(stored);
        ArgumentNullException.ThrowIfNull(second);
        return stored.Engine == second.Engine && stored.Detector is { } one && second.Detector is { } other && one.Digest != other.Digest
            ? new DigestAlarm(stored.Key, stored.Engine, one.Digest, other.Digest)
            : null;
    }
}
