namespace IadNative.Data;

/// <summary>The passes of one stage over the rows of a table: they say how far they are, and stop between two stretches of rows.</summary>
/// <param name="stage">What they are for.</param>
/// <param name="rows">n.</param>
/// <param name="passes">How many there are; where there are fewer, the stage ends early.</param>
/// <param name="report">Is told; may be null.</param>
/// <param name="cancellationToken">Stops them.</param>
internal sealed class RowPasses(RowStage stage, int rows, int passes, Action<RowProgress>? report, CancellationToken cancellationToken)
{
    // Rows of a stretch where a pass has no stretches of its own.
    private const int MostRows = 1 << 16;

    private long _done;

    /// <summary>Stretches of all rows for a pass that goes through them one by one, and tells after each.</summary>
    /// <param name="passes">Who is told; null for nobody.</param>
    /// <param name="rows">n.</param>
    public static IEnumerable<(int First, int End)> Stretches(RowPasses? passes, int rows)
    {
        for (int first = 0, end; first < rows; first = end)
        {
            end = first + Math.Min(MostRows, rows - first);
            yield return (first, end);
            passes?.Add(end - first);
        }
    }

    /// <summary>Some more rows were gone through.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Add(int count)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _done += count;
        report?.Invoke(new RowProgress(stage, rows, Math.Min(1, _done / ((double)rows * passes))));
    }
}
