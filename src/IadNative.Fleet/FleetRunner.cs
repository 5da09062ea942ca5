using System.Diagnostics;
using System.Runtime.CompilerServices;

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
    private readonly IPartitionStore _partitions = partitions ?? throw new ArgumentNullException(nameof(partitions));
    private readonly IJobStore _results = results ?? throw new ArgumentNullException(nameof(results));

    /// <summary>Jobs at a time, 1 to 4,096; one per core unless it is set. There are never more in memory.</summary>
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
        var tally = new Tally(Shard.Of(plan.Jobs), Progress);
        JobExecutor[] executors = [.. Enumerable.Range(0, Workers).Select(_ => new JobExecutor(_partitions, _results) { Device = Device })];
        await new WorkLoop(Workers, TryDoAsync).RunAsync(MissingAsync(plan, tally, cancellationToken), cancellationToken).ConfigureAwait(false);
        return tally.Run with { Seconds = Stopwatch.GetElapsedTime(start).TotalSeconds };

        async Task<bool> TryDoAsync(int worker, long number, CancellationToken stop)
        {
            FleetJob job = plan.JobAt(number);
            IDisposable? claim = null;
            if (Claims is not null && (claim = await Claims.TryTakeAsync(job.Key, stop).ConfigureAwait(false)) is null) return false;
            using (claim) tally.Add(await executors[worker].ExecuteAsync(job, stop).ConfigureAwait(false));
            return true;
        }
    }

    /// <summary>Numbers of jobs that have no result yet; they are looked up some thousand at a time, and jobs made of them one by one.</summary>
    private async IAsyncEnumerable<long> MissingAsync(
        FleetPlan plan, Tally tally, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach ((long number, JobState state) in JobCounts.StatesAsync(plan, _results, Shard, cancellationToken).ConfigureAwait(false))
        {
            if (state == JobState.Missing) yield return number;
            else tally.Find(state);
        }
    }

    /// <summary>Counts what is done, and tells of it.</summary>
    private sealed class Tally(long jobs, IProgress<FleetProgress>? progress)
    {
        private readonly Lock _gate = new();
        private readonly List<DigestAlarm> _alarms = [];
        private long _fitted, _failed, _found, _foundFailed;

        public FleetRun Run
        {
            get
            {
                lock (_gate)
                {
                    return new FleetRun
                    {
                        Jobs = jobs, Found = _found + _foundFailed, Fitted = _fitted, NewFailures = _failed, Failures = _failed + _foundFailed,
                        Alarms = [.. _alarms],
                    };
                }
            }
        }

        /// <summary>A result was there, or was stored by others.</summary>
        public void Find(JobState state)
        {
            lock (_gate) (_found, _foundFailed) = state == JobState.Failed ? (_found, _foundFailed + 1) : (_found + 1, _foundFailed);
        }

        public void Add(JobOutcome outcome)
        {
            bool isFailure = outcome.Result.Failure is not null;
            if (!outcome.IsNew) Find(isFailure ? JobState.Failed : JobState.Done);
            lock (_gate)
            {
                if (outcome.IsNew) (_fitted, _failed) = isFailure ? (_fitted, _failed + 1) : (_fitted + 1, _failed);
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
