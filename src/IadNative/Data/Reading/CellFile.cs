namespace IadNative.Data.Reading;

/// <summary>
/// Rows in a temporary file as they arrive, for tables that memory does not hold. Cells are float32; for those columns of which float32 loses
/// something in a block, its float64 numbers go to a file beside, of which the columns that need it are made at the end.
/// </summary>
internal sealed class CellFile(int columns, TemporaryFolder folder) : ICellStore
{
    private readonly WideColumns _wide = new(columns);
    private readonly List<Block> _blocks = [];
    private readonly TemporaryFile _cells = folder.CreateFile();
    private TemporaryFile? _beside;
    private float[] _rounded = [];
    private double[] _column = [];

    /// <inheritdoc/>
    public long Rows { get; private set; }

    /// <inheritdoc/>
    public long WideBytes { get; private set; }

    /// <inheritdoc/>
    public void Add(RowBlock block)
    {
        ReadOnlySpan<double> values = block.Filled;
        if (_rounded.Length < values.Length) _rounded = new float[block.Capacity * columns];
        for (int i = 0; i < values.Length; i++) _rounded[i] = (float)values[i];
        _cells.Write<float>(Rows * columns, _rounded.AsSpan(0, values.Length));
        long[]? places = null;
        for (int column = 0; column < columns; column++)
        {
            if (!_wide.MayLose(block, column)) continue;
            if (places is null)
            {
                places = new long[columns];
                Array.Fill(places, -1);
            }

            places[column] = WideBytes / sizeof(double);
            (_beside ??= folder.CreateFile()).Write<double>(places[column], ColumnOf(block, column));
            WideBytes += (long)block.Rows * sizeof(double);
        }

        _blocks.Add(new Block(block.Rows, places));
        Rows += block.Rows;
    }

    /// <inheritdoc/>
    public TableValues Take(RowPasses? passes)
    {
        Numbers<float> cells = _cells.Map<float>(Rows * columns);
        int[] wide = [.. Enumerable.Range(0, columns).Where(_wide.IsWide)];
        Numbers<double>?[]? float64 = wide.Length == 0 ? null : new Numbers<double>?[columns];
        if (wide.Length > 0)
        {
            Numbers<double> beside = _beside!.Map<double>(WideBytes / sizeof(double));
            TemporaryFile file = folder.CreateFile();
            long first = 0;
            foreach (Block block in _blocks)
            {
                for (int k = 0; k < wide.Length; k++) file.Write((k * Rows) + first, Exact(cells, beside, block, first, wide[k]));
                first += block.Rows;
                passes?.Add(block.Rows);
            }

            Numbers<double> all = file.Map<double>(wide.Length * Rows);
            for (int k = 0; k < wide.Length; k++) float64![wide[k]] = all.Part(k * Rows, Rows);
        }

        _beside?.Dispose();
        return new TableValues(cells) { Float64 = float64 };
    }

    /// <summary>Frees nothing: the files are the folder's.</summary>
    public void Dispose()
    {
    }

    private ReadOnlySpan<double> ColumnOf(RowBlock block, int column)
    {
        if (_column.Length < block.Rows) _column = new double[block.Capacity];
        for (int row = 0; row < block.Rows; row++) _column[row] = block.Values[(row * columns) + column];
        return _column.AsSpan(0, block.Rows);
    }

    // A column of a block in float64; where float32 has it well enough within the block, nothing lies beside.
    private ReadOnlySpan<double> Exact(Numbers<float> cells, Numbers<double> beside, Block block, long first, int column)
    {
        if (block.Places is { } places && places[column] >= 0) return beside.Slice(places[column], block.Rows);
        if (_column.Length < block.Rows) _column = new double[block.Rows];
        ReadOnlySpan<float> rows = cells.Slice(first * columns, block.Rows * columns);
        for (int row = 0; row < block.Rows; row++) _column[row] = rows[(row * columns) + column];
        return _column.AsSpan(0, block.Rows);
    }

    /// <param name="Rows">Its rows.</param>
    /// <param name="Places">For each column where its float64 numbers begin in the file beside, or -1; null where none has any.</param>
    private readonly record struct Block(int Rows, long[]? Places);
}
