namespace IadNative.Data.Formats;

/// <summary>
/// An array as NPY, MAT and IDX store one: a table of two dimensions, one sample a row, or images of three, n x height x width. Its
/// rows are taken from the content as they come or, where the first index runs fastest, from memory.
/// </summary>
internal sealed class NumericArray
{
    /// <summary>What NPZ and MAT files call the matrix.</summary>
    public const string MatrixName = "X";

    /// <summary>What NPZ and MAT files call the labels where no other name is given.</summary>
    public const string LabelName = "y";

    // The values of a first block of rows.
    private const int AheadValues = 1 << 20;

    private readonly ContentStream _content;
    private readonly NumberFormat _format;
    private readonly bool _columnMajor;
    private readonly Action? _atEnd;
    private StoredNumbers? _stored;
    private StoredNumbers? _ahead;
    private int _aheadRows;
    private byte[] _bytes = [];
    private double[] _column = [];
    private int _row;

    /// <summary>Takes an array whose values come next in a content.</summary>
    /// <param name="name">What messages call it.</param>
    /// <param name="shape">Its dimensions.</param>
    /// <param name="columnMajor">Whether the first index runs fastest (Fortran order), not the last.</param>
    /// <param name="format">How its numbers are stored.</param>
    /// <param name="content">Where they come from; it must stay open until the last row is read.</param>
    /// <param name="limits">The bounds.</param>
    /// <param name="atEnd">Called when all values are read.</param>
    /// <exception cref="DataFormatException">It has no value, too many, or more than follow.</exception>
    public NumericArray(string name, long[] shape, bool columnMajor, NumberFormat format, ContentStream content, ReaderLimits limits,
        Action? atEnd = null)
    {
        long count = CountValues(shape, content, name, limits);
        StoredNumbers.CheckLength(content, format, count, name);
        (Name, _format, _content, _columnMajor, _atEnd) = (name, format, content, columnMajor, atEnd);
        Shape = Array.ConvertAll(shape, length => (int)length);
        content.Memory?.CheckTable(1, Columns);
        if (columnMajor) Load();
        else if (content.Remaining is null) LoadAhead();
    }

    /// <summary>What messages call it.</summary>
    public string Name { get; }

    /// <summary>Its dimensions.</summary>
    public int[] Shape { get; }

    /// <summary>Its dimensions as messages write them.</summary>
    public string ShapeText => $"({string.Join(", ", Shape)})";

    /// <summary>Samples.</summary>
    public int Rows => Shape.Length == 0 ? 1 : Shape[0];

    /// <summary>Values of a sample.</summary>
    public int Columns => (int)(Count / Rows);

    /// <summary>How a sample makes up an image; null for a table.</summary>
    public ImageShape? Image => Shape.Length == 3 ? new ImageShape(Shape[1], Shape[2]) : null;

    private long Count
    {
        get
        {
            long count = 1;
            foreach (int length in Shape) count *= length;
            return count;
        }
    }

    /// <summary>The number of values of a shape, which must be some.</summary>
    /// <exception cref="DataFormatException">It is none, or more than can be read.</exception>
    public static long CountValues(ReadOnlySpan<long> shape, ContentStream content, string what, ReaderLimits limits)
    {
        long count = 1L, sample = 1L;
        for (int i = 0; i < shape.Length; i++)
        {
            long length = shape[i];
            if (length < 0 || length > Math.Min(limits.Values, Array.MaxLength) || (count > 0 && length > limits.Values / count)
                || (i > 0 && sample > 0 && length > Array.MaxLength / sample))
            {
                throw content.Error($"{what} has the impossible shape ({string.Join(", ", shape.ToArray())})");
            }

            count *= length;
            if (i > 0) sample *= length;
        }

        return count > 0 ? count
            : throw content.Error($"{what} has the shape ({string.Join(", ", shape.ToArray())}), so that there is no value");
    }

    /// <summary>Reads the next rows.</summary>
    /// <param name="rows">How many at most.</param>
    /// <param name="values">Receives them, row-major.</param>
    /// <returns>How many there were.</returns>
    public int Read(int rows, Span<double> values)
    {
        rows = Math.Min(rows, Rows - _row);
        if (rows == 0) return 0;
        if (_row < _aheadRows) rows = Math.Min(rows, _aheadRows - _row);
        if (_row < _aheadRows) _ahead!.CopyTo((long)_row * Columns, values[..(rows * Columns)]);
        else if (_stored is null) Stream(values[..(rows * Columns)]);
        else if (!_columnMajor) _stored.CopyTo((long)_row * Columns, values[..(rows * Columns)]);
        else Transpose(rows, values);
        _row += rows;
        if (_row == Rows && _stored is null) _atEnd?.Invoke();
        return rows;
    }

    /// <summary>All values, whatever the number of dimensions.</summary>
    public double[] ReadAll()
    {
        if (_stored is not null) return _stored.ToArray();
        double[] first = _ahead?.ToArray() ?? [];
        if (Count == first.Length)
        {
            _atEnd?.Invoke();
            return first;
        }

        var rest = StoredNumbers.Load(_content, _format, Count - first.Length, Name);
        _atEnd?.Invoke();
        return [.. first, .. rest.ToArray()];
    }

    // Where nobody knows how many bytes follow, the first rows are taken in pieces, so that no memory is taken on a header's word.
    private void LoadAhead()
    {
        _aheadRows = Math.Clamp(AheadValues / Columns, 1, Rows);
        _ahead = StoredNumbers.Load(_content, _format, (long)_aheadRows * Columns, Name);
    }

    private void Load()
    {
        _stored = StoredNumbers.Load(_content, _format, Count, Name);
        _atEnd?.Invoke();
    }

    private void Stream(Span<double> values)
    {
        const int PieceBytes = 32 << 10;
        if (_bytes.Length == 0) _bytes = new byte[PieceBytes];
        while (values.Length > 0)
        {
            int count = Math.Min(values.Length, PieceBytes / _format.Size);
            Span<byte> bytes = _bytes.AsSpan(0, count * _format.Size);
            _content.Fill(bytes, Name);
            _format.Decode(bytes, values[..count]);
            values = values[count..];
        }
    }

    // Stored, the place of a value within its row runs down the image's columns; a row of a matrix is an image of height 1.
    private void Transpose(int rows, Span<double> values)
    {
        int columns = Columns, width = Shape[^1], height = columns / width;
        if (_column.Length < rows) _column = new double[rows];
        for (int column = 0; column < columns; column++)
        {
            _stored!.CopyTo(((long)((column % width * height) + (column / width)) * Rows) + _row, _column.AsSpan(0, rows));
            for (int row = 0; row < rows; row++) values[(row * columns) + column] = _column[row];
        }
    }
}
