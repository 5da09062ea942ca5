namespace IadNative.Cuda;

/// <summary>
/// A pass over rows as graphs that are replayed (<see cref="RecordedWork"/>), one replay a chunk: a graph of the first chunk and what
/// comes before, one of every chunk between, one of the last, which may be smaller, and what comes after. Where there is one chunk
/// only, all is one graph. What is recorded is the same for two chunks and for a million.
/// </summary>
internal sealed class RecordedPass : IDisposable
{
    private readonly RecordedWork _first, _between, _last;

    /// <summary>A pass that begins where its cursor is 0.</summary>
    /// <param name="driver">The device.</param>
    /// <param name="useGraphs">Whether anything is recorded.</param>
    /// <param name="pass">What is done.</param>
    /// <param name="cursor">Where the pass is; its own or that of others that run before or after it.</param>
    /// <param name="rows">All rows, at least one.</param>
    /// <param name="chunk">Rows of a full chunk.</param>
    /// <param name="areOwn">Whether they are counted among the rows of each replica; otherwise among the data's.</param>
    public RecordedPass(ICudaDriver driver, bool useGraphs, RowPass pass, DeviceBuffer cursor, int rows, int chunk, bool areOwn)
    {
        Chunks = LaunchShape.Blocks(rows, chunk);
        RowRange full = new(chunk, areOwn), last = new(rows - ((Chunks - 1) * chunk), areOwn);
        _first = new RecordedWork(driver, useGraphs, () =>
        {
            driver.Clear(cursor.Address, cursor.Bytes);
            pass.Begin?.Invoke();
            if (Chunks > 1)
            {
                pass.Chunk(full);
            }
            else
            {
                End();
            }
        });
        _between = new RecordedWork(driver, useGraphs, () => pass.Chunk(full));
        _last = new RecordedWork(driver, useGraphs, End);

        void End()
        {
            pass.Chunk(last);
            pass.End?.Invoke();
        }
    }

    /// <summary>How many chunks the rows are.</summary>
    public int Chunks { get; }

    /// <summary>Does the work, or queues it.</summary>
    public void Run()
    {
        _first.Run();
        for (int i = 2; i < Chunks; i++) _between.Run();
        if (Chunks > 1) _last.Run();
    }

    /// <summary>Frees the graphs. Never throws.</summary>
    public void Dispose()
    {
        _first.Dispose();
        _between.Dispose();
        _last.Dispose();
    }
}
