using System.Runtime.ExceptionServices;

namespace IadNative.Parquet.Columns;

/// <summary>
/// Decodes the columns of a file ahead of whoever reads them, several columns at once: while some ten thousand rows are read, the next are
/// decoded. Rows stay in order, and beside the pages it takes the memory of two such stretches, however large the groups are; groups side by
/// side would have to be kept whole until it is their turn. Numbers are as large as they are many, but a text may be of any length: where one
/// column is text, a stretch is what is read at once, and no more.
/// </summary>
internal sealed class ColumnsAhead : IDisposable
{
    private const int MostCells = 1 << 19;

    private readonly Column[] _columns;
    private readonly Column?[] _byPlace;
    private readonly Func<int, int> _next;
    private readonly int _blockRows;
    private readonly int _mostRows;
    private readonly int _threads;
    private Task[] _tasks = [];
    private int _coming = -1;
    private int _nextColumn;
    private volatile bool _isStopped;

    /// <param name="cells">The columns; null for those that are not wanted.</param>
    /// <param name="areTexts">For each whether its cells are read as text.</param>
    /// <param name="blockRows">Rows that are read at once: damage is told to whoever reads those that hold it, not before.</param>
    /// <param name="mostRows">Rows of the largest group: no stretch is longer.</param>
    /// <param name="threads">The most that decode.</param>
    /// <param name="next">Begins with the rows behind those it was called for last, up to so many of one group, and says how many; 0 at the end.</param>
    public ColumnsAhead(ParquetCells?[] cells, bool[] areTexts, int blockRows, long mostRows, int threads, Func<int, int> next)
    {
        (_blockRows, _next) = (blockRows, next);
        int wanted = cells.Count(cell => cell is not null);
        bool hasTexts = cells.Where((cell, i) => cell is not null && areTexts[i]).Any();
        int stretch = hasTexts ? blockRows : blockRows * Math.Max(1, MostCells / (blockRows * wanted));
        _mostRows = (int)Math.Min(stretch, mostRows);
        _byPlace = [.. cells.Select((cell, i) => cell is null ? null : new Column(cell, areTexts[i], _mostRows))];
        _columns = [.. _byPlace.OfType<Column>()];
        _threads = Math.Min(threads, wanted);
    }

    /// <summary>The most rows of a stretch.</summary>
    public int MostRows => _mostRows;

    /// <summary>Moves on to the next rows.</summary>
    /// <returns>How many they are; 0 at the end.</returns>
    public int Advance()
    {
        if (_coming < 0) Begin();
        Task.WaitAll(_tasks);
        int rows = _coming;
        if (rows == 0) return 0;
        foreach (Column column in _columns) column.Turn();
        // Behind damage nothing can be read.
        if (Array.Exists(_columns, column => column.IsDamaged)) _coming = 0;
        else Begin();
        return rows;
    }

    /// <summary>The cells of a column, at the next row.</summary>
    public ColumnCells CellsOf(int column) => _byPlace[column]!;

    /// <inheritdoc/>
    public void Dispose()
    {
        _isStopped = true;
        Task.WaitAll(_tasks);
    }

    private void Begin()
    {
        _coming = _next(_mostRows);
        if (_coming == 0) return;
        _nextColumn = 0;
        _tasks = new Task[_threads];
        for (int i = 0; i < _tasks.Length; i++) _tasks[i] = Task.Run(Decode);
    }

    private void Decode()
    {
        for (int i; (i = Interlocked.Increment(ref _nextColumn) - 1) < _columns.Length;)
        {
            for (int row = 0; row < _coming && !_isStopped; row += _blockRows)
            {
                if (!_columns[i].TryDecode(row, Math.Min(_blockRows, _coming - row))) break;
            }
        }
    }

    /// <summary>A column: the cells that are read, and those that are decoded meanwhile.</summary>
    private sealed class Column(ParquetCells cells, bool isText, int mostRows) : ColumnCells
    {
        private Stretch _read = new(isText, mostRows), _coming = new(isText, mostRows);
        private int _next;

        public bool IsDamaged => _read.Failure is not null;

        /// <summary>Decodes cells; where that fails, the failure is kept for who reads them.</summary>
        public bool TryDecode(int start, int count)
        {
            try
            {
                if (isText) cells.ReadTexts(_coming.Texts.AsSpan(start, count));
                else cells.ReadNumbers(_coming.Numbers.AsSpan(start, count));
                return true;
            }
            catch (Exception exception)
            {
                (_coming.Failure, _coming.Whole) = (ExceptionDispatchInfo.Capture(exception), start);
                return false;
            }
        }

        /// <summary>What was decoded is read from now on.</summary>
        public void Turn() => (_read, _coming, _next) = (_coming, _read, 0);

        /// <inheritdoc/>
        public override void ReadNumbers(Span<double> destination) => _read.Numbers.AsSpan(Pass(destination.Length), destination.Length).CopyTo(destination);

        /// <inheritdoc/>
        public override ReadOnlySpan<double> NextNumbers(Span<double> buffer) => _read.Numbers.AsSpan(Pass(buffer.Length), buffer.Length);

        /// <inheritdoc/>
        public override void ReadTexts(Span<string?> destination) => _read.Texts.AsSpan(Pass(destination.Length), destination.Length).CopyTo(destination);

        private int Pass(int count)
        {
            if (_next + count > _read.Whole) _read.Failure?.Throw();
            _next += count;
            return _next - count;
        }
    }

    /// <summary>Cells of a column.</summary>
    private sealed class Stretch(bool isText, int mostRows)
    {
        public double[] Numbers { get; } = new double[isText ? 0 : mostRows];

        public string?[] Texts { get; } = new string?[isText ? mostRows : 0];

        /// <summary>What went wrong, and where; null where nothing did.</summary>
        public ExceptionDispatchInfo? Failure { get; set; }

        /// <summary>With a failure the cells before it.</summary>
        public int Whole { get; set; }
    }
}
