using System.Runtime.InteropServices;

namespace IadNative.Data.Reading;

/// <summary>
/// Rows in memory as they arrive, a chunk a block, outside the managed heap, so that the final matrix takes their place chunk by chunk.
/// Cells are float32; a chunk keeps float64 too for those columns of which float32 loses something there.
/// </summary>
internal sealed unsafe class CellChunks(int columns) : ICellStore
{
    private readonly List<Chunk> _chunks = [];
    private readonly WideColumns _wide = new(columns);

    /// <inheritdoc/>
    public long Rows { get; private set; }

    /// <inheritdoc/>
    public long WideBytes { get; private set; }

    /// <inheritdoc/>
    public void Add(RowBlock block)
    {
        ReadOnlySpan<double> values = block.Filled;
        float* cells = (float*)NativeMemory.Alloc((nuint)values.Length, sizeof(float));
        var chunk = new Chunk((nint)cells, block.Rows, new double[]?[columns]);
        _chunks.Add(chunk);
        for (int i = 0; i < values.Length; i++) cells[i] = (float)values[i];
        for (int column = 0; column < columns; column++)
        {
            if (!_wide.MayLose(block, column)) continue;
            chunk.Wide[column] = CopyColumn(block, column);
            WideBytes += (long)block.Rows * sizeof(double);
        }

        Rows += block.Rows;
    }

    /// <inheritdoc/>
    public TableValues Take(RowPasses? passes)
    {
        int rows = (int)Rows;
        bool[] wide = [.. Enumerable.Range(0, columns).Select(_wide.IsWide)];
        double[]?[]? columnsOf64 = wide.Contains(true) ? Array.ConvertAll(wide, isWide => isWide ? new double[rows] : null) : null;
        float[] matrix = GC.AllocateUninitializedArray<float>(rows * columns);

        // From the end: what is freed last was taken first, which lets the system have the memory back at once.
        int end = rows;
        for (int i = _chunks.Count - 1; i >= 0; i--)
        {
            Chunk chunk = _chunks[i];
            end -= chunk.Rows;
            Span<float> target = matrix.AsSpan(end * columns, chunk.Rows * columns);
            new ReadOnlySpan<float>((float*)chunk.Cells, target.Length).CopyTo(target);
            for (int column = 0; column < columns; column++)
            {
                if (columnsOf64?[column] is not { } numbers) continue;
                for (int row = 0; row < chunk.Rows; row++)
                    numbers[end + row] = chunk.Wide[column] is { } exact ? exact[row] : target[(row * columns) + column];
            }

            _chunks.RemoveAt(i);
            NativeMemory.Free((float*)chunk.Cells);
        }

        return TableValues.Of(matrix, columnsOf64);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Chunk chunk in _chunks) NativeMemory.Free((float*)chunk.Cells);
        _chunks.Clear();
    }

    private double[] CopyColumn(RowBlock block, int column)
    {
        double[] numbers = new double[block.Rows];
        for (int row = 0; row < numbers.Length; row++) numbers[row] = block.Values[(row * columns) + column];
        return numbers;
    }

    /// <param name="Cells">Its rows in float32, row-major.</param>
    /// <param name="Rows">How many.</param>
    /// <param name="Wide">For each column its cells in float64, or null where float32 has them.</param>
    private sealed record Chunk(nint Cells, int Rows, double[]?[] Wide);
}
