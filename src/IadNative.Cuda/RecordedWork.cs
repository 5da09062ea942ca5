namespace IadNative.Cuda;

/// <summary>
/// Work whose launches are the same every time. The first time they are calls of their own, so that everything is loaded; the
/// second time they are recorded into a CUDA graph, which from then on is replayed in one call, however many they are. Both give
/// the same bits.
/// </summary>
/// <param name="driver">The device.</param>
/// <param name="useGraphs">Whether anything is recorded; otherwise every launch stays a call of its own.</param>
/// <param name="work">Makes the launches; reads nothing back.</param>
internal sealed class RecordedWork(ICudaDriver driver, bool useGraphs, Action work) : IDisposable
{
    private nint? _graph;
    private bool _hasRun;

    /// <summary>Does the work, or queues it.</summary>
    public void Run()
    {
        if (!_hasRun || !useGraphs)
        {
            work();
            _hasRun = true;
            return;
        }

        driver.Replay(_graph ??= Record());
    }

    /// <summary>Frees the graph. Never throws.</summary>
    public void Dispose()
    {
        if (_graph is { } graph) Destroy(() => graph);
        _graph = null;
    }

    private nint Record()
    {
        driver.BeginCapture();
        try
        {
            work();
        }
        catch
        {
            Destroy(driver.EndCapture);
            throw;
        }

        return driver.EndCapture();
    }

    private void Destroy(Func<nint> graph)
    {
        try
        {
            driver.DestroyGraph(graph());
        }
        catch (CudaException)
        {
            // Whatever lost the device was thrown by the call that met it first, and must not be hidden by this one.
        }
    }
}
