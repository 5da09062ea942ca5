namespace IadNative.Fleet;

/// <summary>
/// Room in the thread pool for work that keeps its threads for long. The pool makes threads at once up to its minimum, and above it one or two a
/// second: fits that hold all of them would keep timers waiting, and with them the renewal of claims and the look for a request to stop.
/// Several at once add up.
/// </summary>
internal sealed class ThreadPoolRoom : IDisposable
{
    private static readonly Lock s_gate = new();

    private int _added;

    /// <summary>Raises the minimum until it is disposed of; where the pool's maximum does not allow that, it stays.</summary>
    /// <param name="threads">By how many.</param>
    public ThreadPoolRoom(int threads)
    {
        if (TryRaise(threads)) _added = threads;
    }

    /// <summary>Lowers the minimum again.</summary>
    public void Dispose()
    {
        if (_added > 0) TryRaise(-_added);
        _added = 0;
    }

    private static bool TryRaise(int threads)
    {
        lock (s_gate)
        {
            ThreadPool.GetMinThreads(out int workers, out int completions);
            return ThreadPool.SetMinThreads(Math.Max(1, workers + threads), completions);
        }
    }
}
