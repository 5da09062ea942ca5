using System.Runtime.CompilerServices;
using IadNative.Data;
using IadNative.Messages;

namespace IadNative;

/// <summary>
/// A table: one sample a row, one feature a column; or a set of images of one size, one a row. A cell is a finite number, the code
/// of a category's level, or missing (NaN), which only tables that were read so have. Numbers are float32; columns whose values
/// float32 cannot tell apart, such as times in seconds, are kept in float64 beside it. It is immutable: the arrays given to it are
/// kept, not copied, and are not to be changed afterwards.
/// </summary>
public sealed class Dataset
{
    // Bytes of a table in a file whose columns are gone through one by one.
    private const int StretchBytes = 16 << 20;

    private TableValues? _cells;
    private int[]? _missing;

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
    [OverloadResolutionPriority(1)]
    public Dataset(string name, float[] values, int rows, int columns, bool[]? labels = null,
        IReadOnlyList<string>? featureNames = null)
        : this(name, new TableValues(values ?? throw new ArgumentNullException(nameof(values))), rows, NumbersOf(values.Length, rows, columns, featureNames), labels, featureNames is not null)
    {
    }

    /// <summary>Makes a data set from float64 numbers in memory: what float32 cannot tell apart is kept in float64.</summary>
    /// <param name="name">What reports call the data set.</param>
    /// <param name="values">The matrix, row-major, <paramref name="rows"/> x <paramref name="columns"/>, all finite.</param>
    /// <param name="rows">Number of samples, at least 1.</param>
    /// <param name="columns">Number of features, at least 1.</param>
    /// <param name="labels">One entry a row, true for an anomaly; null when nothing is known.</param>
    /// <param name="featureNames">One name a column; null names them x1 ... xd.</param>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> or <paramref name="values"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no row or no column.</exception>
    /// <exception cref="ArgumentException">A length does not fit rows and columns, or a value is NaN or beyond float32.</exception>
    public Dataset(string name, double[] values, int rows, int columns, bool[]? labels = null,
        IReadOnlyList<string>? featureNames = null)
        : this(name, TableValues.Of(values, columns), rows, NumbersOf(values.Length, rows, columns, featureNames), labels,
            featureNames is not null)
    {
    }

    /// <param name="name">What reports call the data set.</param>
    /// <param name="values">The cells.</param>
    /// <param name="rows">n.</param>
    /// <param name="features">The d columns.</param>
    /// <param name="labels">One a row, or null.</param>
    /// <param name="areNamed">Whether the columns' names are the source's own.</param>
    /// <param name="sourceRows">The place of each row in the source; null for all in their order.</param>
    /// <param name="allowMissing">Whether a cell may be NaN.</param>
    /// <param name="passes">Is told of the look at all cells; null for nobody.</param>
    internal Dataset(string name, TableValues values, int rows, IReadOnlyList<FeatureColumn> features, bool[]? labels, bool areNamed,
        int[]? sourceRows = null, bool allowMissing = false, RowPasses? passes = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        int columns = features.Count;
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        if (values.Float32.Length != (long)rows * columns)
            throw new ArgumentException($"{rows} x {columns} values are expected, not {values.Float32.Length}.", nameof(values));
        if (labels != null && labels.Length != rows)
            throw new ArgumentException($"{rows} labels are expected, not {labels.Length}.", nameof(labels));
        foreach ((int first, int end) in StretchesOf(values.Float32, rows, columns))
        {
            ReadOnlySpan<float> matrix = values.Float32.Slice((long)first * columns, (end - first) * columns);
            for (int i = 0; i < matrix.Length; i++)
            {
                if (float.IsFinite(matrix[i])) continue;
                HasMissing = true;
                if (!allowMissing || !float.IsNaN(matrix[i]))
                    throw new ArgumentException($"Row {first + (i / columns) + 1}, column {i % columns + 1} (counted from 1) is " +
                        $"{matrix[i]}. Replace values that are not finite, or leave their rows out.", nameof(values));
            }

            passes?.Add(end - first);
        }

        Name = ForeignText.Shorten(name, ForeignText.LongestFileName);
        _cells = values;
        Rows = rows;
        Features = features;
        AreFeaturesNamed = areNamed;
        Labels = labels;
        Anomalies = labels?.Count(anomaly => anomaly) ?? 0;
        FeatureNames = [.. features.Select(feature => feature.Name)];
        SourceRows = sourceRows is null ? new RowsInOrder(rows) : sourceRows;
    }

    /// <summary>
    /// What reports call the data set; a file's name (without its folder) for one that was read. Control characters in it stand as U+FFFD, and
    /// it has up to 255 characters.
    /// </summary>
    public string Name { get; }

    /// <summary>Number of samples n, at least 1.</summary>
    public int Rows { get; }

    /// <summary>Number of features d, at least 1; a label column is not one of them.</summary>
    public int Columns => Features.Count;

    /// <summary>The d features: their names and kinds.</summary>
    public IReadOnlyList<FeatureColumn> Features { get; }

    /// <summary>
    /// The matrix in float32, row-major, <see cref="Rows"/> x <see cref="Columns"/>: finite numbers, codes of levels
    /// (<see cref="FeatureColumn.Levels"/>), and NaN where a cell is missing. <see cref="CopyRow"/> gives rows in float64.
    /// </summary>
    /// <exception cref="InvalidOperationException">A fit has used the matrix up, or it lies in a temporary file.</exception>
    public float[] Values => Cells.Float32.Array ?? throw new InvalidOperationException($"The matrix of {Name} lies in a file.");

    /// <summary>One name a column: the file's, or x1 ... xd where it gives none.</summary>
    public IReadOnlyList<string> FeatureNames { get; }

    /// <summary>Whether the columns have names of their own, rather than x1 ... xd for want of them.</summary>
    public bool AreFeaturesNamed { get; private init; }

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

    /// <summary>One entry a row: what the source calls the sample (<see cref="DatasetReadOptions.Id"/>); null where it says nothing.</summary>
    /// <exception cref="ArgumentException">Their number is not that of the rows.</exception>
    public IReadOnlyList<string>? Ids
    {
        get;
        init => field = value == null || value.Count == Rows
            ? value
            : throw new ArgumentException($"{Rows} identifiers are expected, not {value.Count}.", nameof(value));
    }

    /// <summary>What the reader found out about the source rather than was told, one sentence each; empty where there is nothing to say.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>
    /// For each feature how many of its cells were missing in the source, in rows that were left out too; null for data that were not read.
    /// </summary>
    public IReadOnlyList<long>? MissingCells { get; init; }

    /// <summary>
    /// How many rows the source has of which these are a sample (<see cref="DatasetReadOptions.Sample"/>), but for those that were left out for
    /// a missing cell; null where nothing was drawn.
    /// </summary>
    public long? SampledFrom { get; init; }

    /// <summary>
    /// For each row its place in the source, counted from 0 and without a header. It differs from the row's own index only where
    /// <see cref="MissingValues.Drop"/> has left rows out, or <see cref="DatasetReadOptions.Sample"/> or <see cref="Scenario.Contaminate"/> has
    /// chosen among them.
    /// </summary>
    public IReadOnlyList<int> SourceRows { get; }

    /// <summary>The features of one sample.</summary>
    /// <param name="i">The row, 0 to <see cref="Rows"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public ReadOnlySpan<float> Row(int i)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(i);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(i, Rows);
        return Cells.Float32.Slice((long)i * Columns, Columns);
    }

    /// <summary>The features of one sample in float64: what <see cref="Row"/> has, and in full where float32 is too coarse.</summary>
    /// <param name="i">The row, 0 to <see cref="Rows"/> - 1.</param>
    /// <param name="row">Receives the d features.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    /// <exception cref="ArgumentException"><paramref name="row"/> does not have d places.</exception>
    public void CopyRow(int i, Span<double> row)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(i);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(i, Rows);
        if (row.Length != Columns) throw new ArgumentException($"A row has {Columns} features, not {row.Length}.", nameof(row));
        Cells.CopyRow(i, row);
    }

    // As many columns as there are numbers for, before any is made.
    private static FeatureColumn[] NumbersOf(int length, int rows, int columns, IReadOnlyList<string>? names)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        return length == (long)rows * columns
            ? FeatureColumn.Numbers(names, columns)
            : throw new ArgumentException($"{rows} x {columns} values are expected, not {length}.", nameof(columns));
    }

    /// <summary>The cells in float32 and, where that is too coarse, in float64.</summary>
    internal TableValues Cells => _cells ?? throw new InvalidOperationException($"The matrix of {Name} was used up by a fit.");

    /// <summary>Gives the cells away, and temporary files of theirs back: whoever reads them from now on is told so.</summary>
    internal void UseUp()
    {
        _cells?.Release();
        _cells = null;
    }

    /// <summary>Whether a cell is missing.</summary>
    internal bool HasMissing { get; }

    /// <summary>
    /// Stretches of rows that follow each other, to be gone through column by column: all rows of a table in memory; of one in a file as many as
    /// stay in memory meanwhile.
    /// </summary>
    internal IEnumerable<(int First, int End)> Stretches => StretchesOf(Cells.Float32, Rows, Columns);

    /// <summary>For each column the number of its missing cells, counted once.</summary>
    /// <param name="passes">Is told of that; null for nobody.</param>
    internal int[] CountMissing(RowPasses? passes = null)
    {
        if (_missing is not null) return _missing;
        int[] missing = new int[Columns];
        foreach ((int first, int end) in HasMissing ? Stretches : [])
        {
            ReadOnlySpan<float> cells = Cells.Float32.Slice((long)first * Columns, (end - first) * Columns);
            for (int i = 0; i < cells.Length; i++)
            {
                if (float.IsNaN(cells[i])) missing[i % missing.Length]++;
            }

            passes?.Add(end - first);
        }

        return _missing = missing;
    }

    private static IEnumerable<(int First, int End)> StretchesOf(Numbers<float> cells, int rows, int columns)
    {
        int most = cells.Array is not null ? rows : Math.Max(1, StretchBytes / sizeof(float) / columns);
        for (int first = 0; first < rows; first += Math.Min(most, rows - first)) yield return (first, first + Math.Min(most, rows - first));
    }

    /// <summary>The same samples with other labels, or other values of the same features.</summary>
    internal Dataset With(bool[]? labels = null, float[]? values = null) =>
        new(Name, values is null ? Cells : new TableValues(values), Rows, Features, labels ?? Labels, AreFeaturesNamed, SourceRows as int[],
            allowMissing: true)
        {
            Image = Image,
            Classes = Classes,
            Ids = Ids,
            Notes = Notes,
            MissingCells = MissingCells,
            SampledFrom = SampledFrom,
        };

    /// <summary>0, 1, 2 ... in no memory.</summary>
    private sealed class RowsInOrder(int rows) : IReadOnlyList<int>
    {
        public int Count => rows;

        public int this[int index] => (uint)index < (uint)rows ? index : throw new ArgumentOutOfRangeException(nameof(index));

        public IEnumerator<int> GetEnumerator() => Enumerable.Range(0, rows).GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }

    /// <summary>A data set of some of the rows, in the given order.</summary>
    internal Dataset Select(int[] rows)
    {
        bool[]? labels = Labels is { } all ? Array.ConvertAll(rows, i => all[i]) : null;
        int[] sources = Array.ConvertAll(rows, i => SourceRows[i]);
        return new Dataset(Name, Cells.Select(rows, Columns), rows.Length, Features, labels, AreFeaturesNamed, sources, allowMissing: true)
        {
            Image = Image,
            Classes = Classes is { } classes ? Array.ConvertAll(rows, i => classes[i]) : null,
            Ids = Ids is { } ids ? Array.ConvertAll(rows, i => ids[i]) : null,
            Notes = Notes,
            MissingCells = MissingCells,
            SampledFrom = SampledFrom,
        };
    }
}
