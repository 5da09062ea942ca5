using System.Diagnostics;
using IadNative.Compute.Cpu;
using IadNative.Detectors;
using IadNative.Messages;

namespace IadNative.Fleet;

/// <summary>
/// Brings single jobs to their end, on one thread, whatever hands them out: a runner, a queue, an actor. It takes one job at a time, and keeps
/// the two partitions that came last; make one for each worker.
/// </summary>
/// <param name="partitions">Where partitions are.</param>
/// <param name="results">Where results go.</param>
public sealed class JobExecutor(IPartitionStore partitions, IJobStore results)
{
    /// <summary>How often a job is tried whose failure may pass: input and output, the device, memory.</summary>
    public const int MostAttempts = 3;

    // A worker of a cluster gets jobs of two blocks by turns, each of which stays with a partition for a while.
    private const int KeptPartitions = 2;

    private readonly IPartitionStore _partitions = partitions ?? throw new ArgumentNullException(nameof(partitions));
    private readonly IJobStore _results = results ?? throw new ArgumentNullException(nameof(results));
    // The one that was wanted last at the end.
    private readonly List<(string Hash, Dataset Data)> _recent = [];

    /// <summary>Where to train; null for the CPU, one thread. It stays the caller's to dispose.</summary>
    public IDevice? Device { get; init; }

    /// <summary>How long to wait before another attempt; the second waits twice as long.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative, or more than a minute.</exception>
    public TimeSpan Pause
    {
        get;
        init => field = value >= TimeSpan.Zero && value <= TimeSpan.FromMinutes(1) ? value : throw new ArgumentOutOfRangeException(nameof(value));
    } = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// Looks for the result of a job, and where there is none, fits and stores it: a detector, or the failure. A failure that comes of data and
    /// options is stored at once, one that may pass after <see cref="MostAttempts"/>.
    /// </summary>
    /// <param name="job">The job.</param>
    /// <param name="cancellationToken">Stops between two epochs; nothing is stored then.</param>
    /// <returns>The result: the stored one, whoever stored it.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="IOException">A store does not answer, in as many attempts; nothing is known of the job then, and nothing is stored.</exception>
    public async Task<JobOutcome> ExecuteAsync(FleetJob job, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (await TryAsync(() => _results.FindAsync(job.Key, cancellationToken), cancellationToken).ConfigureAwait(false) is { } known)
            return new JobOutcome(known, IsNew: false, Alarm: null);
        JobResult result = await FitAsync(job, cancellationToken).ConfigureAwait(false);

        // What is done is stored, whatever is cancelled meanwhile.
        AddOutcome added = await TryAsync(() => _results.TryAddAsync(result, CancellationToken.None), CancellationToken.None).ConfigureAwait(false);
        if (added.IsStored) return new JobOutcome(result, IsNew: true, Alarm: null);
        JobResult? stored = await TryAsync(() => _results.FindAsync(job.Key, CancellationToken.None), CancellationToken.None).ConfigureAwait(false);
        return new JobOutcome(stored ?? result, IsNew: false, added.Alarm);
    }

    // What a store throws is its own affair; it is tried again, and goes to the caller where that does not help.
    private async Task<T> TryAsync<T>(Func<Task<T>> action, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await action().ConfigureAwait(false);
            }
            catch (Exception e) when (attempt < MostAttempts && e is not OperationCanceledException)
            {
                await Task.Delay(attempt * Pause, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<JobResult> FitAsync(FleetJob job, CancellationToken cancellationToken)
    {
        IDevice device = Device ?? new CpuDevice(threads: 1);
        for (int attempt = 1; ; attempt++)
        {
            long start = Stopwatch.GetTimestamp();
            var result = new JobResult { Key = job.Key, Engine = EngineIdentity.Of(device), Seconds = 0 };
            string message;

            // A store that does not answer says nothing of the job.
            byte[]? content = _recent.Exists(one => one.Hash == job.Partition.Hash) ? null
                : await TryAsync(() => _partitions.FindAsync(job.Partition.Hash, cancellationToken), cancellationToken).ConfigureAwait(false);
            try
            {
                Dataset data = Take(job.Partition, content);
                FittedDetector detector = Fit(job, data, device, cancellationToken);
                return result with { Detector = detector, Seconds = Stopwatch.GetElapsedTime(start).TotalSeconds };
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                message = Explain(e);
                if (attempt == MostAttempts || !MayPass(e))
                {
                    return result with
                    {
                        Failure = new JobFailure(ForeignText.Message(message), attempt),
                        Seconds = Stopwatch.GetElapsedTime(start).TotalSeconds,
                    };
                }
            }

            await Task.Delay(attempt * Pause, cancellationToken).ConfigureAwait(false);
        }
    }

    // Only what data and options decide is known to come again; stores may throw anything.
    private static bool MayPass(Exception e) => e is not (ArgumentException or TrainingFailedException or InvalidOperationException);

    private static string Explain(Exception e) => e switch
    {
        ArgumentException argument => argument.Message.Replace($" (Parameter '{argument.ParamName}')", "", StringComparison.Ordinal),
        OutOfMemoryException => "out of memory. Use fewer workers, or a smaller network.",
        TrainingFailedException or DeviceFailedException or DataFormatException or IOException or UnauthorizedAccessException => e.Message,
        _ => $"{e.GetType().Name}: {e.Message}",
    };

    private Dataset Take(Partition partition, byte[]? content)
    {
        int place = _recent.FindIndex(one => one.Hash == partition.Hash);
        if (place >= 0)
        {
            (string Hash, Dataset Data) known = _recent[place];
            _recent.RemoveAt(place);
            _recent.Add(known);
            return known.Data;
        }

        if (_recent.Count == KeptPartitions) _recent.RemoveAt(0);
        if (content is null)
        {
            throw new IOException($"The partition {ForeignText.Quote(partition.Name)} is not in the store. "
                + "Plan the fleet again from its sources, which stores it anew, and forget this failure ('iad fleet retry').");
        }

        try
        {
            Dataset data = PartitionFile.Read(content, partition.Name, partition.Hash);
            _recent.Add((partition.Hash, data));
            return data;
        }
        catch (DataFormatException exception)
        {
            throw new DataFormatException($"{exception.Message} Then forget this failure ('iad fleet retry').", exception);
        }
    }

    private static FittedDetector Fit(FleetJob job, Dataset data, IDevice device, CancellationToken cancellationToken)
    {
        FitOptions options = job.Options.For(data, job.Seed) with { Device = device, Threads = 1 };
        FitResult fit = DetectorFit.Run(data, options, progress: null, cancellationToken);

        // What was finished until then is no result of these options.
        if (fit.Alarms.FirstOrDefault(alarm => alarm.Kind == AlarmKind.DeviceFailed) is { } alarm) throw new DeviceFailedException(alarm.Message);
        using var stream = new MemoryStream();
        fit.Detector.Save(stream);
        byte[] model = stream.ToArray();
        return new FittedDetector
        {
            Model = model,
            Digest = Digest.Of(model),
            Auc = fit.Runs[0].IadAuc,
            Rounds = fit.Runs[0].Rounds.Count,
            Threshold = fit.Detector.Threshold,
            Flagged = fit.DetectorScores.Count(fit.Detector.IsAnomaly),
            Alarms = [.. fit.Alarms.Select(alarm => alarm.Message)],
        };
    }
}

/// <summary>What became of a job.</summary>
/// <param name="Result">Its result, found or made.</param>
/// <param name="IsNew">Whether it was stored now.</param>
/// <param name="Alarm">Two results of one engine that differ; null where all is well.</param>
public readonly record struct JobOutcome(JobResult Result, bool IsNew, DigestAlarm? Alarm);
