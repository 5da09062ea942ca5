using System.Collections.Concurrent;
using IadNative.Messages;

namespace IadNative.Fleet;

/// <summary>
/// Results in a folder, which may be shared by many machines: one file each, KEY.result, below two levels of folders that are named by the
/// first digits of the key. A file is whole or not there. One that is damaged counts as not there, is noted, and is replaced by the next
/// result of its key.
/// </summary>
public sealed class FolderJobStore : IJobStore
{
    private readonly string _folder;
    private readonly Action<string>? _note;
    private readonly ConcurrentDictionary<string, bool> _noted = new();

    /// <summary>A store; folders are made when something is kept.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="note">Takes a sentence about each damaged file, once; from any thread. Null for no one.</param>
    /// <exception cref="ArgumentException">The folder is empty, or no path.</exception>
    public FolderJobStore(string folder, Action<string>? note = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        (_folder, _note) = (Path.GetFullPath(folder), note);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The key is no SHA-256.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public Task<JobResult?> FindAsync(string key, CancellationToken cancellationToken = default)
    {
        Digest.Require(key, nameof(key));
        return Task.Run(() => Find(key), cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The result is none; see <see cref="JobResultFile.Write"/>.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public Task<AddOutcome> TryAddAsync(JobResult result, CancellationToken cancellationToken = default)
    {
        byte[] content = JobResultFile.Write(result);
        return Task.Run(() =>
        {
            JobResult? stored = null;
            bool isAdded = SharedFile.TryAdd(PathOf(result.Key), content, there => (stored = Read(there, result.Key)) is not null);
            return new AddOutcome(isAdded, stored is null ? null : DigestAlarm.For(stored, result));
        }, cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A key is no SHA-256.</exception>
    /// <exception cref="UnauthorizedAccessException">A result may not be read.</exception>
    public Task<IReadOnlyList<JobState>> StatesAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(keys);
        foreach (string key in keys) Digest.Require(key, nameof(keys));
        return Task.Run<IReadOnlyList<JobState>>(() =>
        {
            var states = new JobState[keys.Count];
            for (int i = 0; i < states.Length; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                states[i] = Find(keys[i]) switch
                {
                    null => JobState.Missing,
                    { Failure: not null } => JobState.Failed,
                    _ => JobState.Done,
                };
            }

            return states;
        }, cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The key is no SHA-256.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be removed.</exception>
    public Task<bool> RemoveFailureAsync(string key, CancellationToken cancellationToken = default)
    {
        Digest.Require(key, nameof(key));
        return Task.Run(() =>
        {
            if (Find(key)?.Failure is null) return false;
            // Another process may have removed it since, and a third have fitted the job.
            bool isFailure = false;
            SharedFile.TryTake(PathOf(key), content => !(isFailure = Read(content, key)?.Failure is not null));
            return isFailure;
        }, cancellationToken);
    }

    private JobResult? Find(string key) => SharedFile.Find(PathOf(key)) is { } content ? Read(content, key) : null;

    private JobResult? Read(byte[] content, string key)
    {
        try
        {
            return JobResultFile.Read(content, key);
        }
        catch (DataFormatException e)
        {
            if (_note is not null && _noted.TryAdd(key, true))
                _note($"{ForeignText.Plain(PathOf(key))} does not count, and its job is done again: {e.Message}");
            return null;
        }
    }

    private string PathOf(string key) => Path.Combine(_folder, key[..2], key[2..4], key + ".result");
}
