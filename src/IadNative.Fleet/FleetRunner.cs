using System.Diagnostics;
using IadNative.Fleet.Claims;

namespace IadNative.Fleet;

/// <summary>
/// Fits a plan in this process: so many jobs side by side, each on one thread, and each stored as soon as it is done. What is stored is not
/// done again, so a run goes on where an earlier one stopped. Results do not depend on the workers or on the order. While it runs, the thread
/// pool of the process has as many more threads as there are workers, so that fits keep nothing else waiting.
/// </summary>
/// <param name="partitions">Where partitions are.</param>
/// <param name="results">Where results go.</param>
public sealed class FleetRunner(IPartitionStore partitions, IJobStore results)
{
    /// <summary>How often the results of other processes are looked for where nothing else is left to do.</summary>
    private static readonly TimeSpan s_pollEvery = TimeSpan.FromMilliseconds(500);

    private readonly IPartitionStore _partitions = partitions ?? throw new ArgumentNullException(nameof(partitions));
    private readonly IJobStore _results = results ?? throw new ArgumentNullException(nameof(results));

    /// <summary>Jobs at a time, 1 to 4,096; one per core unless it is set. There are never more than twice as many in memory.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is out of range.</exception>
    public int Workers
    {
        get;
        init => field = value is >= 1 and <= 4096 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "Workers are 1 to 4,096.");
    } = Math.Min(Environment.ProcessorCount, 4096);

    /// <summary>The share of the plan that is done; all of it unless it is set.</summary>
    public Shard Shard { get; init; }

    /// <summary>Who is at which job, where several processes work on one plan; null where none other does.</summary>
    public IJobClaims? Claims { get; init; }

    /// <summary>Where to train; null for the CPU. It stays the caller's to dispose.</summary>
    public IDevice? Device { get; init; }

    /// <summary>Is told of every result, from any thread; null for no one.</summary>
    public IProgress<FleetProgress>? Progress { get; init; }

    /// <summary>Brings all jobs of the share to their end.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="cancellationToken">Stops between two epochs; what is finished stays stored.</param>
    /// <returns>What was done.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="IOException">The store cannot be read, or a result could not be stored.</exception>
    public async Task<FleetRun> RunAsync(FleetPlan plan, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        long start = Stopwatch.GetTimestamp();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var queue = new JobQueue(plan, _results, Shard, stop.Token);
        var tally = new Tally(Shard.Of(plan.Jobs), queue, Progress);
        using var room = new ThreadPoolRoom(Workers);
        Task[] workers = [.. Enumerable.Range(0, Workers).Select(_ => Task.Run(() => WorkAsync(plan, queue, tally, stop), CancellationToken.None))];
        try
        {
            await Task.WhenAll(workers).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // One failed, and the others stopped because of it: its story is the one to tell.
            cancellationToken.ThrowIfCancellationRequested();
            Exception[] all = [.. workers.Where(worker => worker.IsFaulted).SelectMany(worker => worker.Exception!.InnerExceptions)];
            if (all.Length > 0) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(all[0]);
            throw;
        }

        return tally.Run with { Seconds = Stopwatch.GetElapsedTime(start).TotalSeconds };
    }

    private async Task WorkAsync(FleetPlan plan, JobQueue queue, Tally tally, CancellationTokenSource stop)
    {
        try
        {
            var executor = new JobExecutor(_partitions, _results) { Device = Device };
            while (await queue.NextAsync().ConfigureAwait(false) is { } number)
            {
                stop.Token.ThrowIfCancellationRequested();
                FleetJob job = plan.JobAt(number);
                IDisposable? claim = null;
                if (Claims is not null && (claim = await Claims.TryTakeAsync(job.Key, stop.Token).ConfigureAwait(false)) is null)
                {
                    // Another process is at it. Its result is waited for when all else is done.
                    if (!queue.PutBack(number)) continue;
                    await Task.Delay(s_pollEvery, stop.Token).ConfigureAwait(false);
                    queue.Advance();
                    continue;
                }

                using (claim) tally.Add(await executor.ExecuteAsync(job, stop.Token).ConfigureAwait(false));
                queue.Advance();
            }
        }
        catch
        {
            await stop.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Numbers of jobs that have no result yet; they are looked up some thousand at a time, and jobs made of them one by one.</summary>
    private sealed class JobQueue(FleetPlan plan, IJobStore results, Shard shard, CancellationToken cancellationToken) : IAsyncDisposable
    {
        private readonly IAsyncEnumerator<(long Number, JobState State)> _states =
            JobCounts.StatesAsync(plan, results, shard, cancellationToken).GetAsyncEnumerator(cancellationToken);

        private readonly SemaphoreSlim _gate = new(1);
        private readonly OpenWork<long> _claimed = new();
        private bool _ended;
        private long _done, _failed;

        public long Done => Volatile.Read(ref _done);

        public long Failed => Volatile.Read(ref _failed);

        public async Task<long?> NextAsync()
        {
            await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                while (!_ended)
                {
                    _ended = !await _states.MoveNextAsync().ConfigureAwait(false);
                    if (_ended) break;
                    if (_states.Current.State == JobState.Missing) return _states.Current.Number;
                    if (_states.Current.State == JobState.Done) Interlocked.Increment(ref _done);
                    else Interlocked.Increment(ref _failed);
                }
            }
            finally
            {
                _gate.Release();
            }

            return _claimed.TryTake(out long number) ? number : null;
        }

        /// <summary>Takes back a job that somebody else is at; true where there is nothing else to do but to wait.</summary>
        public bool PutBack(long number) => _claimed.PutBack(number) && _ended;

        /// <summary>Something was done, or waited for.</summary>
        public void Advance() => _claimed.Advance();

        public async ValueTask DisposeAsync()
        {
            _gate.Dispose();
            await _states.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Counts what is done, and tells of it.</summary>
    private sealed class Tally(long jobs, JobQueue queue, IProgress<FleetProgress>? progress)
    {
        private readonly Lock _gate = new();
        private readonly List<DigestAlarm> _alarms = [];
        private long _fitted, _failed, _others, _othersFailed;

        public FleetRun Run
        {
            get
            {
                lock (_gate)
                {
                    return new FleetRun
                    {
                        Jobs = jobs, Found = queue.Done + queue.Failed + _others + _othersFailed, Fitted = _fitted, NewFailures = _failed,
                        Failures = queue.Failed + _failed + _othersFailed, Alarms = [.. _alarms],
                    };
                }
            }
        }

        public void Add(JobOutcome outcome)
        {
            lock (_gate)
            {
                bool isFailure = outcome.Result.Failure is not null;
                if (outcome.IsNew) (_fitted, _failed) = isFailure ? (_fitted, _failed + 1) : (_fitted + 1, _failed);
                else (_others, _othersFailed) = isFailure ? (_others, _othersFailed + 1) : (_others + 1, _othersFailed);
                if (outcome.Alarm is { } alarm) _alarms.Add(alarm);
            }

            if (progress is null) return;
            FleetRun run = Run;
            progress.Report(new FleetProgress(jobs, run.Found + run.Fitted + run.NewFailures, run.Failures));
        }
    }
}

/// <summary>How far a run is.</summary>
/// <param name="Jobs">Jobs of its share.</param>
/// <param name="Ended">Those that have a result, as far as it has looked.</param>
/// <param name="Failed">Those of them whose result is a failure.</param>
public readonly record struct FleetProgress(long Jobs, long Ended, long Failed);

/// <summary>What a run has done.</summary>
public sealed record FleetRun
{
    /// <summary>Jobs of its share.</summary>
    public required long Jobs { get; init; }

    /// <summary>Those whose result was there already, or was stored by others.</summary>
    public required long Found { get; init; }

    /// <summary>Those that it has fitted.</summary>
    public required long Fitted { get; init; }

    /// <summary>Those that it has stored as failures.</summary>
    public required long NewFailures { get; init; }

    /// <summary>All failures of its share, those found included.</summary>
    public required long Failures { get; init; }

    /// <summary>Results of this engine that differ from stored ones of the same engine; empty where all is well.</summary>
    public required IReadOnlyList<DigestAlarm> Alarms { get; init; }

    /// <summary>Wall-clock seconds.</summary>
    public double Seconds { get; init; }
}
