using IadNative.Data;

namespace IadNative;

/// <summary>
/// A table of numbers: one sample a row, one feature a column, every value finite; or a set of images of one size, one a row.
/// It is immutable: the arrays given to it are kept, not copied, and are not to be changed afterwards.
/// </summary>
public sealed class Dataset
{
    /// <summary>Makes a data set from memory. The arrays are kept, not copied.</summary>
    /// <param name="name">What reports call the data set; a file's name for one that was read.</param>
    /// <param name="values">The matrix, row-major, <paramref name="rows"/> x <paramref name="columns"/>, all finite.</param>
    /// <param name="rows">Number of samples, at least 1.</param>
    /// <param name="columns">Number of features, at least 1.</param>
    /// <param name="labels">One entry a row, true for an anomaly; null when nothing is known.</param>
    /// <param name="featureNames">One name a column; null names them x1 ... xd.</param>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> or <paramref name="values"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no row or no column.</exception>
    /// <exception cref="ArgumentException">A length does not fit rows and columns, or a value is NaN or infinite.</exception>
    public Dataset(string name, float[] values, int rows, int columns, bool[]? labels = null,
        IReadOnlyList<string>? featureNames = null)
        : this(name, values, rows, columns, labels, featureNames, null)
    {
    }

    internal Dataset(string name, float[] values, int rows, int columns, bool[]? labels,
        IReadOnlyList<string>? featureNames, int[]? sourceRows)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(values);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        if (values.Length != (long)rows * columns)
            throw new ArgumentException($"{rows} x {columns} values are expected, not {values.Length}.", nameof(values));
        if (labels != null && labels.Length != rows)
            throw new ArgumentException($"{rows} labels are expected, not {labels.Length}.", nameof(labels));
        if (featureNames != null && featureNames.Count != columns)
            throw new ArgumentException($"{columns} names are expected, not {featureNames.Count}.", nameof(featureNames));
        for (int i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
                throw new ArgumentException($"Row {i / columns + 1}, column {i % columns + 1} (counted from 1) is " +
                    $"{values[i]}. Replace values that are not finite, or leave their rows out.", nameof(values));
        }

        Name = name;
        Values = values;
        Rows = rows;
        Columns = columns;
        Labels = labels;
        Anomalies = labels?.Count(anomaly => anomaly) ?? 0;
        FeatureNames = featureNames ?? [.. Enumerable.Range(1, columns).Select(i => $"x{i}")];
        SourceRows = sourceRows ?? [.. Enumerable.Range(0, rows)];
    }

    /// <summary>What reports call the data set; a file's name (without its folder) for one that was read.</summary>
    public string Name { get; }

    /// <summary>Number of samples n, at least 1.</summary>
    public int Rows { get; }

    /// <summary>Number of features d, at least 1; a label column is not one of them.</summary>
    public int Columns { get; }

    /// <summary>The matrix, row-major, <see cref="Rows"/> x <see cref="Columns"/>; every value is finite.</summary>
    public float[] Values { get; }

    /// <summary>One name a column: the file's, or x1 ... xd where it gives none.</summary>
    public IReadOnlyList<string> FeatureNames { get; }

    /// <summary>One entry a row, true for an anomaly; null when no labels were given.</summary>
    public bool[]? Labels { get; }

    /// <summary>How many rows are labelled as anomalies; 0 without labels.</summary>
    public int Anomalies { get; }

    /// <summary>How each row makes up an image; null for a table that holds none.</summary>
    /// <exception cref="ArgumentException">Rows of so many features are no such images.</exception>
    public ImageShape? Image
    {
        get;
        init => field = value is not { } shape || shape.Fits(Columns)
            ? value
            : throw new ArgumentException($"Images of {shape} do not have {Columns} values.", nameof(value));
    }

    /// <summary>
    /// One entry a row: the name of its class, such as <c>3</c>; null when none is known. Nothing is trained on them;
    /// <see cref="Scenario.WithNormal"/> makes labels of them.
    /// </summary>
    /// <exception cref="ArgumentException">Their number is not that of the rows.</exception>
    public IReadOnlyList<string>? Classes
    {
        get;
        init => field = value == null || value.Count == Rows
            ? value
            : throw new ArgumentException($"{Rows} classes are expected, not {value.Count}.", nameof(value));
    }

    /// <summary>
    /// For each row its place in the source, counted from 0 and without a header. It differs from the row's own index
    /// only where <see cref="MissingValues.Drop"/> has left rows out or <see cref="Scenario.Contaminate"/> has chosen among them.
    /// </summary>
    public IReadOnlyList<int> SourceRows { get; }

    /// <summary>The features of one sample.</summary>
    /// <param name="i">The row, 0 to <see cref="Rows"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public ReadOnlySpan<float> Row(int i)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(i);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(i, Rows);
        return Values.AsSpan(i * Columns, Columns);
    }

    /// <summary>A data set of some of the rows, in the given order.</summary>
    internal Dataset Select(int[] rows)
    {
        float[] values = new float[rows.Length * Columns];
        for (int i = 0; i < rows.Length; i++)
            Row(rows[i]).CopyTo(values.AsSpan(i * Columns));
        bool[]? labels = Labels is { } all ? Array.ConvertAll(rows, i => all[i]) : null;
        int[] sources = Array.ConvertAll(rows, i => SourceRows[i]);
        return new Dataset(Name, values, rows.Length, Columns, labels, FeatureNames, sources)
        {
            Image = Image,
            Classes = Classes is { } classes ? Array.ConvertAll(rows, i => classes[i]) : null,
        };
    }
}
