using System.Globalization;

namespace IadNative.Data.Formats;

/// <summary>
/// An array as NPY, MAT and IDX store one: a table of two dimensions, one sample a row, or images of three, n x height x width.
/// </summary>
/// <param name="Name">What messages call it.</param>
/// <param name="Values">Its values in the file's order.</param>
/// <param name="Shape">Its dimensions.</param>
/// <param name="ColumnMajor">Whether the first index runs fastest (Fortran order), not the last.</param>
internal sealed record NumericArray(string Name, float[] Values, int[] Shape, bool ColumnMajor)
{
    /// <summary>What NPZ and MAT files call the matrix.</summary>
    public const string MatrixName = "X";

    /// <summary>What NPZ and MAT files call the labels where no other name is given.</summary>
    public const string LabelName = "y";

    private ImageShape? Image => Shape.Length == 3 ? new ImageShape(Shape[1], Shape[2]) : null;

    private string ShapeText => $"({string.Join(", ", Shape)})";

    /// <summary>The number of values of a shape, which must be some.</summary>
    /// <exception cref="DataFormatException">It is none, or more than can be read.</exception>
    public static long CountValues(ReadOnlySpan<long> shape, ContentStream content, string what, ReaderLimits limits)
    {
        long count = 1L;
        foreach (long length in shape)
        {
            if (length < 0 || length > limits.Values || (count *= length) > limits.Values)
                throw content.Error($"{what} has the impossible shape ({string.Join(", ", shape.ToArray())})");
        }
        return count > 0 ? count
            : throw content.Error($"{what} has the shape ({string.Join(", ", shape.ToArray())}), so that there is no value");
    }

    /// <summary>The table of a matrix whose labels, if any, are one of its own columns; images have none.</summary>
    /// <param name="label">The label column's number as an option, or null.</param>
    /// <param name="file">For messages.</param>
    public RawTable ToTable(string? label, string file)
    {
        (float[]? values, int rows, int columns) = RowMajor(file);
        if (Image is not null)
            return label == null
                ? ToTable((NumericArray?)null, file)
                : throw new DataFormatException($"{file}: it holds images, which have no label column. Leave the label away, " +
                    $"or save images and classes as {MatrixName} and {LabelName} of one NPZ file.");
        int labelColumn = LabelColumn.Find(label, null, columns, file);
        if (labelColumn < 0)
            return new RawTable(values, rows, columns, null, null, BadCells.Find(values, columns, -1));
        if (columns == 1)
            throw new DataFormatException($"{file}: the label column is the only one; there is no feature beside it.");

        float[] features = new float[values.Length - rows];
        float[] labels = new float[rows];
        for (int row = 0, to = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                if (column == labelColumn)
                    labels[row] = values[row * columns + column];
                else
                    features[to++] = values[row * columns + column];
            }
        }
        return new RawTable(features, rows, columns - 1, null,
            ToLabels(labels, file, BadCells.NameColumn(labelColumn, null)), BadCells.Find(features, columns - 1, labelColumn));
    }

    /// <summary>The table of a matrix, or of images, whose labels, if any, are an array of their own.</summary>
    /// <param name="labels">
    /// One entry a row, as a vector or as a matrix of one row or column; null for none. For images they are classes.
    /// </param>
    /// <param name="file">For messages.</param>
    public RawTable ToTable(NumericArray? labels, string file)
    {
        (float[]? values, int rows, int columns) = RowMajor(file);
        if (labels != null && (labels.Values.Length != rows || labels.Shape.Count(length => length != 1) > 1))
            throw new DataFormatException($"{file}: the labels {labels.Name} have the shape {labels.ShapeText}; one entry for " +
                $"each of the {rows} rows of {Name} is expected.");
        var bad = BadCells.Find(values, columns, -1);
        if (labels == null || Image is null)
            return new RawTable(values, rows, columns, null,
                labels == null ? null : ToLabels(labels.Values, file, labels.Name), bad, Image);
        return new RawTable(values, rows, columns, null, null, bad, Image, ToClasses(labels.Values, file, labels.Name));
    }

    private static bool[] ToLabels(float[] values, string file, string source)
    {
        bool[] labels = new bool[values.Length];
        for (int row = 0; row < values.Length; row++)
        {
            if (!LabelValue.TryConvert(values[row], out labels[row]))
                throw new DataFormatException(FormattableString.Invariant(
                    $"{file}: row {row + 1} of {source} holds {values[row]}, which is no label; {LabelValue.Allowed}."));
        }
        return labels;
    }

    /// <summary>The classes of images: whole numbers, which float32 holds exactly up to 2^24.</summary>
    private static string[] ToClasses(float[] values, string file, string source)
    {
        const float Largest = 1 << 24;
        var names = new Dictionary<float, string>();
        string[] classes = new string[values.Length];
        for (int row = 0; row < values.Length; row++)
        {
            if (!names.TryGetValue(values[row], out string? name))
            {
                if (!(Math.Abs(values[row]) <= Largest) || values[row] != MathF.Truncate(values[row]))
                    throw new DataFormatException(FormattableString.Invariant(
                        $"{file}: entry {row + 1} of {source} is {values[row]}, which is no class; classes are whole numbers."));
                names[values[row]] = name = ((int)values[row]).ToString(CultureInfo.InvariantCulture);
            }
            classes[row] = name;
        }
        return classes;
    }

    private (float[] Values, int Rows, int Columns) RowMajor(string file)
    {
        if (Shape.Length is not (2 or 3))
            throw new DataFormatException($"{file}: {Name} has the shape {ShapeText}; a matrix of two dimensions, one sample a " +
                "row and one feature a column, or images of three, n x height x width, are expected. Reshape it, for example " +
                "with reshape(n, -1).");
        int rows = Shape[0], width = Shape[^1], height = Shape.Length == 3 ? Shape[1] : 1, columns = height * width;
        if (!ColumnMajor)
            return (Values, rows, columns);

        // Stored, the place of a value within its row runs down the image's columns; a row of a matrix is an image of height 1.
        // Tiles keep both the reads along columns and the writes along rows within the cache.
        const int Tile = 32;
        float[] transposed = new float[Values.Length];
        for (int row0 = 0; row0 < rows; row0 += Tile)
        {
            for (int column0 = 0; column0 < columns; column0 += Tile)
            {
                for (int row = row0; row < Math.Min(row0 + Tile, rows); row++)
                {
                    for (int column = column0; column < Math.Min(column0 + Tile, columns); column++)
                        transposed[row * columns + column] = Values[(column % width * height + column / width) * rows + row];
                }
            }
        }
        return (transposed, rows, columns);
    }
}
