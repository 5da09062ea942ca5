using System.Globalization;
using IadNative.Data.Formats;

namespace IadNative.Data.Reading;

/// <summary>Reads an array of numbers, and the labels or classes that lie beside it in the same file, if any.</summary>
internal sealed class ArrayReader : TableReader
{
    private readonly NumericArray _array;
    private readonly double[]? _beside;
    private readonly string[]? _classes;
    private double[] _rows = [];
    private long _row;

    private ArrayReader(string name, NumericArray array, NumericArray? beside, TableColumns columns, ReadRequest request)
        : base(name, columns, request)
    {
        _array = array;
        Image = array.Image;
        if (beside is null) return;
        _beside = beside.ReadAll();
        if (_beside.Length != array.Rows || beside.Shape.Count(length => length != 1) > 1)
            throw new DataFormatException($"{name}: the labels {beside.Name} have the shape {beside.ShapeText}; one entry for " +
                $"each of the {array.Rows} rows of {array.Name} is expected.");
        if (Image is null) Labels = new LabelValues(beside.Name, request.Options.Positive);
        else (_classes, HasClasses) = (ToClasses(_beside, name, beside.Name), true);
    }

    /// <summary>A matrix whose labels, if any, are one of its own columns; images have none.</summary>
    /// <exception cref="DataFormatException">It is neither a table nor images, or options do not fit it.</exception>
    public static ArrayReader Open(string name, NumericArray array, ReadRequest request)
    {
        if (array.Image is not null && request.Options.Label is not null)
            throw new DataFormatException($"{name}: it holds images, which have no label column. Leave the label away, " +
                $"or save images and classes as {NumericArray.MatrixName} and {NumericArray.LabelName} of one NPZ file.");
        return Open(name, array, null, request);
    }

    /// <summary>A matrix, or images, with labels or classes beside it.</summary>
    /// <param name="name">The source, for messages.</param>
    /// <param name="array">The matrix or the images.</param>
    /// <param name="beside">Labels or classes, one a row; null for none.</param>
    /// <param name="request">What is asked for.</param>
    /// <exception cref="DataFormatException">It is neither a table nor images, or options do not fit it.</exception>
    public static ArrayReader Open(string name, NumericArray array, NumericArray? beside, ReadRequest request)
    {
        if (array.Shape.Length is not (2 or 3))
            throw new DataFormatException($"{name}: {array.Name} has the shape {array.ShapeText}; a matrix of two dimensions, one sample " +
                "a row and one feature a column, or images of three, n x height x width, are expected. Reshape it, for example " +
                "with reshape(n, -1).");
        if (beside is not null) request = request with { Options = request.Options with { Label = null } };
        if (array.Image is not null) request = request with { Schema = null };
        return new ArrayReader(name, array, beside, TableColumns.Choose(name, null, array.Columns, request), request);
    }

    /// <inheritdoc/>
    protected override void Fill(RowBlock block)
    {
        int columns = _array.Columns;
        if (_rows.Length == 0) _rows = new double[block.Capacity * columns];
        int count = _array.Read(Math.Min(block.Capacity, _rows.Length / columns), _rows);
        for (int i = 0; i < count; i++, _row++)
        {
            ReadOnlySpan<double> source = _rows.AsSpan(i * columns, columns);
            Span<double> target = block.Row(i);
            for (int feature = 0; feature < target.Length; feature++)
                target[feature] = Cells.OfNumber(source[Columns.Sources[feature]], feature, _row);
            block.SourceRows[i] = _row;
            if (_classes is not null) block.Classes[i] = _classes[_row];
            if (Labels is not null) block.Labels[i] = Labels.CodeOf(_beside?[_row] ?? source[Columns.Label], _row);
            if (HasIds) block.Ids[i] = source[Columns.Id].ToString("R", CultureInfo.InvariantCulture);
        }

        block.Rows = count;
    }

    // The classes of images: whole numbers.
    private static string[] ToClasses(double[] values, string file, string source)
    {
        const double Largest = 1L << 53;
        var names = new Dictionary<double, string>();
        string[] classes = new string[values.Length];
        for (int row = 0; row < values.Length; row++)
        {
            if (!names.TryGetValue(values[row], out string? name))
            {
                if (!(Math.Abs(values[row]) <= Largest) || values[row] != Math.Truncate(values[row]))
                    throw new DataFormatException(FormattableString.Invariant(
                        $"{file}: entry {row + 1} of {source} is {values[row]}, which is no class; classes are whole numbers."));
                names[values[row]] = name = ((long)values[row]).ToString(CultureInfo.InvariantCulture);
            }

            classes[row] = name;
        }

        return classes;
    }
}
