using System.Diagnostics;

namespace IadNative.Bench.Versus.Exchange;

/// <summary>One repetition of a contestant.</summary>
/// <param name="Seconds">Wall-clock seconds of all units: epochs, jobs or calls.</param>
/// <param name="P50">Median seconds of one call; null where calls were not timed one by one.</param>
/// <param name="P99">99th percentile of the same.</param>
/// <param name="BytesPerUnit">Managed bytes allocated by the measuring thread.</param>
public sealed record Measurement(double Seconds, double? P50, double? P99, double BytesPerUnit)
{
    /// <summary>Times <paramref name="count"/> units as a whole.</summary>
    public static Measurement Whole(int count, Action<int> run)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        long start = Stopwatch.GetTimestamp();
        run(count);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before; // Not in the next line, or the result counts itself.
        return new Measurement(seconds, null, null, (double)allocated / count);
    }

    /// <summary>Times <paramref name="count"/> calls one by one.</summary>
    public static Measurement EachCall(int count, Func<int, float> call)
    {
        long[] ticks = new long[count];
        long before = GC.GetAllocatedBytesForCurrentThread();
        long start = Stopwatch.GetTimestamp(), from = start;
        for (int i = 0; i < count; i++)
        {
            call(i);
            long to = Stopwatch.GetTimestamp();
            ticks[i] = to - from;
            from = to;
        }

        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        double bytes = (double)(GC.GetAllocatedBytesForCurrentThread() - before) / count;
        Array.Sort(ticks);
        return new Measurement(seconds, Second(ticks[count / 2]), Second(ticks[(int)(count * 0.99)]), bytes);

        static double Second(long ticks) => (double)ticks / Stopwatch.Frequency;
    }
}

/// <summary>What a contestant reports before anything is timed.</summary>
/// <param name="Name">What tables call it.</param>
/// <param name="Check">Losses of the first steps, or scores, to be compared with ours.</param>
public sealed record Introduction(string Name, double[] Check)
{
    /// <summary>For training: the mean loss per sample over the first epoch of what is timed afterwards.</summary>
    public double? EpochLoss { get; init; }

    /// <summary>For a job: each round's mean loss per sample over its last epoch.</summary>
    public double[] RoundLosses { get; init; } = [];
}

/// <summary>The first line of a peer's process.</summary>
public sealed record Greeting(IReadOnlyDictionary<string, string> Versions, IReadOnlyList<Introduction> Contestants);
