namespace IadNative.Tests;

/// <summary>
/// Counts what an action allocates on this thread whenever it runs: the least of some runs, once it has run before. What it only
/// allocates at times, such as the runtime's part of a lock that is waited for on a busy machine for the first time, is not counted.
/// </summary>
internal static class Allocations
{
    private const int Runs = 5;

    public static long Of(Action action)
    {
        for (int i = 0; i < 3; i++) action();
        long least = long.MaxValue;
        for (int i = 0; i < Runs && least > 0; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            action();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
