using System.Runtime.InteropServices;

namespace IadNative.Data.Reading;

/// <summary>
/// Rows in memory as they arrive, a chunk a block, outside the managed heap, so that the final matrix takes their place chunk by chunk.
/// Cells are float32; a chunk keeps float64 too for those columns of which float32 loses something there.
/// </summary>
internal sealed unsafe class CellChunks(int columns) : IDisposable
{
    private const double CoarsestStep = 1.0 / 4096;

    private readonly List<Chunk> _chunks = [];
    private readonly bool[] _areCoarse = new bool[columns];
    private readonly List<double>?[] _undecided = new List<double>?[columns];
    private double[] _column = [];

    /// <summary>Rows so far.</summary>
    public long Rows { get; private set; }

    /// <summary>Bytes of the float64 numbers that are kept beside the float32 ones.</summary>
    public long WideBytes { get; private set; }

    /// <summary>Takes the rows of a block.</summary>
    public void Add(RowBlock block)
    {
        ReadOnlySpan<double> values = block.Filled;
        float* cells = (float*)NativeMemory.Alloc((nuint)values.Length, sizeof(float));
        var chunk = new Chunk((nint)cells, block.Rows, new double[]?[columns]);
        _chunks.Add(chunk);
        for (int i = 0; i < values.Length; i++) cells[i] = (float)values[i];
        for (int column = 0; column < columns; column++)
        {
            if (!MayLose(block, column)) continue;
            chunk.Wide[column] = CopyColumn(block, column);
            WideBytes += (long)block.Rows * sizeof(double);
        }

        Rows += block.Rows;
    }

    /// <summary>The table of all rows; the chunks are gone then.</summary>
    public TableValues Take()
    {
        int rows = (int)Rows;
        bool[] wide = [.. Enumerable.Range(0, columns).Select(IsWide)];
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

        return new TableValues(matrix) { Float64 = columnsOf64 };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Chunk chunk in _chunks) NativeMemory.Free((float*)chunk.Cells);
        _chunks.Clear();
    }

    // Judges a column of a block, and whether its float64 numbers are to be kept until all blocks are there.
    private bool MayLose(RowBlock block, int column)
    {
        if (_column.Length < block.Rows) _column = new double[block.Capacity];
        int count = 0;
        bool isRounded = false;
        double least = double.PositiveInfinity, most = double.NegativeInfinity;
        for (int row = 0, at = column; row < block.Rows; row++, at += columns)
        {
            double value = block.Values[at];
            if (double.IsNaN(value)) continue;
            isRounded |= (float)value != value;
            least = Math.Min(least, value);
            most = Math.Max(most, value);
            _column[count++] = value;
        }

        if (!isRounded) return false;
        if (Float32Resolution.IsTooCoarse(_column.AsSpan(0, count)))
        {
            _areCoarse[column] = true;
            return true;
        }

        float magnitude = (float)Math.Max(Math.Abs(least), Math.Abs(most));
        double step = MathF.BitIncrement(magnitude) - (double)magnitude;
        if (step <= (most - least) * CoarsestStep) return false;

        // Nearly one number within this block: whether float32 tells it from those of other blocks is seen at the end.
        (_undecided[column] ??= []).Add(_column[0]);
        return true;
    }

    private bool IsWide(int column) => _areCoarse[column] ||
        (_undecided[column] is { } numbers && Float32Resolution.IsTooCoarse(CollectionsMarshal.AsSpan(numbers)));

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
