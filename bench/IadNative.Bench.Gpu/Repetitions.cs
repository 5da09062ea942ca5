using System.Diagnostics;

namespace IadNative.Bench.Gpu;

/// <summary>Times work that is cut into equal parts.</summary>
internal static class Repetitions
{
    /// <summary>
    /// The median seconds of one part over some repetitions, each of so many parts that it takes long enough. What comes before the
    /// repetitions is not counted.
    /// </summary>
    /// <param name="options">How many repetitions, and how long.</param>
    /// <param name="run">Does a number of parts and waits until they are done.</param>
    public static double MedianSeconds(GpuOptions options, Action<int> run)
    {
        int parts = 1;
        run(parts); // compiles, records
        run(parts);
        while (Seconds(parts) < options.Seconds && parts < 1 << 20) parts *= 2;
        double[] times = [.. Enumerable.Range(0, options.Repetitions).Select(_ => Seconds(parts) / parts)];
        Array.Sort(times);
        return (times[(times.Length - 1) / 2] + times[times.Length / 2]) / 2;

        double Seconds(int count)
        {
            long start = Stopwatch.GetTimestamp();
            run(count);
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
    }
}
