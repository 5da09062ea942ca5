namespace IadNative.Detectors;

/// <summary>How rows are shared out to threads: in whole grains, as equally as they allow.</summary>
/// <param name="grain">Rows that cost as much as fewer of them.</param>
/// <param name="rowsPerThread">Rows that are worth a thread.</param>
/// <param name="mostThreads">Threads at most.</param>
internal sealed class RowShares(int grain, int rowsPerThread, int mostThreads = int.MaxValue)
{
    /// <summary>How many shares to make of some rows, at least 1.</summary>
    /// <param name="rows">n.</param>
    /// <param name="threads">Threads at most; 0 for one per core.</param>
    public int Parts(int rows, int threads)
    {
        int most = Math.Min(mostThreads, threads == 0 ? Environment.ProcessorCount : threads);
        return Math.Max(1, Math.Min(most, Math.Min(Grains(rows), rows / rowsPerThread)));
    }

    /// <summary>A share of some rows.</summary>
    public (int Start, int Count) Share(int rows, int part, int parts)
    {
        int start = Boundary(rows, part, parts);
        return (start, Boundary(rows, part + 1, parts) - start);
    }

    private int Boundary(int rows, int part, int parts) => (int)Math.Min(rows, (long)Grains(rows) * part / parts * grain);

    private int Grains(int rows) => (int)(((long)rows + grain - 1) / grain);
}
