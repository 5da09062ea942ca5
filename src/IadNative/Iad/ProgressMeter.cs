using System.Diagnostics;

namespace IadNative.Iad;

/// <summary>Counts finished epochs of all networks and reports on them a few times a second, from any thread.</summary>
internal sealed class ProgressMeter(IProgress<TrainingProgress>? progress, int rounds, long epochs)
{
    private static readonly long s_interval = Stopwatch.Frequency / 10;
    private static readonly IReadOnlyDictionary<ulong, RoundReport> s_none = new Dictionary<ulong, RoundReport>();

    private long _done, _lastReport;
    private int _round;

    /// <summary>Finished epochs so far.</summary>
    public long Done => Interlocked.Read(ref _done);

    /// <summary>Forgets the epochs of an attempt that was given up.</summary>
    /// <param name="done">Finished epochs before it.</param>
    public void GoBack(long done) => Interlocked.Exchange(ref _done, done);

    public void BeginRound(int round) => _round = round;

    public void EpochDone()
    {
        Interlocked.Increment(ref _done);
        if (progress is null) return;
        long now = Stopwatch.GetTimestamp(), last = Interlocked.Read(ref _lastReport);
        if (now - last > s_interval && Interlocked.CompareExchange(ref _lastReport, now, last) == last) Report(s_none);
    }

    public void EndRound(IReadOnlyDictionary<ulong, RoundReport> completed) => Report(completed);

    private void Report(IReadOnlyDictionary<ulong, RoundReport> completed) =>
        progress?.Report(new TrainingProgress(_round, rounds, Done / (double)epochs, completed));
}
