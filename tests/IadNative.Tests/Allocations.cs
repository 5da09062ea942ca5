namespace IadNative.Tests;

/// <summary>Counts what an action allocates on this thread once it has run before.</summary>
internal static class Allocations
{
    public static long Of(Action action)
    {
        for (int i = 0; i < 3; i++) action();
        long before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
