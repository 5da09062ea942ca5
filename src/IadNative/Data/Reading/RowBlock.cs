namespace IadNative.Data.Reading;

/// <summary>
/// Some thousand rows on their way from a source: features in float64, and what else the source says of each row. It is filled again
/// and again by <see cref="TableReader.Read"/>; nothing in it outlives the next filling.
/// </summary>
internal sealed class RowBlock
{
    private const int MostRows = 4096;
    private const int MostCells = 1 << 20;

    /// <summary>A block for rows of so many features: up to 4,096 rows, up to about a million cells, and at least one row.</summary>
    public RowBlock(int columns)
    {
        Columns = columns;
        Capacity = CapacityOf(columns);
        Values = new double[Capacity * columns];
        Labels = new ushort[Capacity];
        Ids = new string[Capacity];
        Classes = new string[Capacity];
        SourceRows = new long[Capacity];
    }

    /// <summary>The most rows that a block takes of so many features.</summary>
    public static int CapacityOf(int columns) => Math.Clamp(MostCells / columns, 1, MostRows);

    /// <summary>Features of a row, d.</summary>
    public int Columns { get; }

    /// <summary>The most rows it takes.</summary>
    public int Capacity { get; }

    /// <summary>The rows that are in it.</summary>
    public int Rows { get; set; }

    /// <summary>Row-major, <see cref="Capacity"/> x <see cref="Columns"/>: finite numbers, codes of levels (-1 for one that the
    /// schema does not have), or NaN for missing.</summary>
    public double[] Values { get; }

    /// <summary>One a row: the code of its label in <see cref="TableReader.Labels"/>; meaningless without labels.</summary>
    public ushort[] Labels { get; }

    /// <summary>One a row: what the source calls it; meaningless without <see cref="TableReader.HasIds"/>.</summary>
    public string[] Ids { get; }

    /// <summary>One a row: its class; meaningless without <see cref="TableReader.HasClasses"/>.</summary>
    public string[] Classes { get; }

    /// <summary>One a row: its place in the source, counted from 0 and without a header.</summary>
    public long[] SourceRows { get; }

    /// <summary>The features of a row.</summary>
    public Span<double> Row(int row) => Values.AsSpan(row * Columns, Columns);

    /// <summary>The rows that are in it.</summary>
    public ReadOnlySpan<double> Filled => Values.AsSpan(0, Rows * Columns);

    /// <summary>Leaves out the rows with a missing cell.</summary>
    /// <returns>How many those were.</returns>
    public int DropMissing()
    {
        int kept = 0;
        for (int row = 0; row < Rows; row++)
        {
            if (Row(row).ContainsAnyExceptInRange(double.MinValue, double.MaxValue)) continue;
            if (kept != row)
            {
                Row(row).CopyTo(Row(kept));
                Labels[kept] = Labels[row];
                Ids[kept] = Ids[row];
                Classes[kept] = Classes[row];
                SourceRows[kept] = SourceRows[row];
            }

            kept++;
        }

        int dropped = Rows - kept;
        Rows = kept;
        return dropped;
    }
}
