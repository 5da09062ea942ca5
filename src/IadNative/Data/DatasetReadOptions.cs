using System.Text;
using IadNative.Data;

namespace IadNative;

/// <summary>How <see cref="DatasetReader"/> reads a file. A column is given by its name or, where none has it, by its number, counted
/// from 1 or, when negative, from the end (-1 is the last).</summary>
public sealed record DatasetReadOptions
{
    private const int MostGrowth = 1_000_000_000;

    /// <summary>
    /// Where the labels are: a column; in NPZ and MAT the name of the array with one entry a row. Null means no labels, but the array
    /// <c>y</c>, if there is one, in NPZ and MAT, and the labels of a LIBSVM file. Images have an array of labels only in NPZ and MAT;
    /// it holds classes, which are whole numbers (<see cref="Dataset.Classes"/>).
    /// </summary>
    public string? Label { get; init; }

    /// <summary>
    /// The label that marks an anomaly; all others are normal then. Null tells by the labels themselves: 1, true, yes, anomaly and outlier
    /// are anomalies beside 0, false, no, normal and inlier; -1 is one beside 1; and any word is one beside normal.
    /// </summary>
    public string? Positive { get; init; }

    /// <summary>
    /// The column that names the samples. It is no feature; <see cref="Dataset.Ids"/> has what it holds. Null for none.
    /// </summary>
    public string? Id { get; init; }

    /// <summary>What messages call the option that sets <see cref="Id"/>.</summary>
    internal string IdOption { get; init; } = "--id";

    /// <summary>What messages say that <see cref="Id"/> names.</summary>
    internal string IdMeaning { get; init; } = "the samples";

    /// <summary>Columns that are left out.</summary>
    public IReadOnlyList<string> Drop { get; init; } = [];

    /// <summary>
    /// Columns that hold categories. A level is the cell's text without spaces around it; there may be 10,000 in a column.
    /// </summary>
    public IReadOnlyList<string> Categorical { get; init; } = [];

    /// <summary>What becomes of missing cells; labels may never be missing.</summary>
    public MissingValues Missing { get; init; } = MissingValues.Error;

    /// <summary>Cells that mean missing, besides those of <see cref="MissingValues"/>; numbers among them count as numbers do.</summary>
    public IReadOnlyList<string> MissingTokens { get; init; } = [];

    /// <summary>CSV: what separates cells; null tells by the content: comma, semicolon, tab or bar.</summary>
    public char? Separator { get; init; }

    /// <summary>CSV: the decimal mark, a point or a comma; null tells by the content.</summary>
    public char? DecimalMark { get; init; }

    /// <summary>CSV: whether the first row names the columns; null tells by the content.</summary>
    public bool? Header { get; init; }

    /// <summary>CSV and text of other formats: lines at the beginning that are passed over.</summary>
    public int SkipLines { get; init; }

    /// <summary>CSV: lines that begin with this character are passed over; null for none.</summary>
    public char? Comment { get; init; }

    /// <summary>CSV: how characters are stored; null for UTF-8, or what a byte order mark says.</summary>
    public Encoding? Encoding { get; init; }

    /// <summary>
    /// How many times its size a file may become, unpacked or as a table in memory, beyond what it always may: 256 MiB unpacked, 64 MiB in
    /// memory. 1 to 1,000,000,000; null for 500 unpacked and 1,000 in memory, which is above real data. A value takes four bytes, or twelve where
    /// float32 loses something; a row 64 more, a column 256.
    /// </summary>
    public int? MaxGrowth { get; init; }

    /// <summary>
    /// The most rows that <see cref="DatasetReader.Read(string, DatasetReadOptions?, CancellationToken)"/> keeps: a uniform sample without
    /// replacement of the source, which is read once and may be larger than memory; the rows stay in its order
    /// (<see cref="Dataset.SourceRows"/>). Null keeps all, as does a number that is not below that of the rows. Cells are checked, missing ones
    /// counted, and the levels of categories and values of labels learned of all rows.
    /// </summary>
    public int? Sample { get; init; }

    /// <summary>Which sample: the same seed and source give the same rows, and of two sizes the smaller sample is part of the larger.</summary>
    public ulong SampleSeed { get; init; }

    /// <summary>
    /// Threads that may decode the columns of a Parquet file at once, where it is a plain file on disk: 0 takes one per core, 1 no other than
    /// the caller's. All other formats are read by one. What is read does not depend on it.
    /// </summary>
    public int Threads { get; init; }

    /// <summary>Formats of other packages.</summary>
    public IReadOnlyList<DatasetFormat> Formats { get; init; } = [];

    /// <exception cref="ArgumentException">An option makes no sense.</exception>
    internal void Validate()
    {
        if (Separator is { } separator && (separator is '"' or '\n' or '\r' || separator > 127))
            throw new ArgumentException($"The separator is {(int)separator} in Unicode; allowed are ASCII characters but quotes and line ends.");
        if (DecimalMark is not (null or '.' or ','))
            throw new ArgumentException($"The decimal mark is '{DecimalMark}'; allowed are a point and a comma.");
        if (DecimalMark is { } mark && mark == Separator)
            throw new ArgumentException($"The decimal mark and the separator are both '{mark}'. Give another one.");
        if (Comment is { } comment && (comment is '"' or '\n' or '\r' || comment > 127))
            throw new ArgumentException($"Comments begin with {(int)comment} in Unicode; allowed are ASCII characters but quotes and line ends.");
        RequireAll(Drop, nameof(Drop));
        RequireAll(Categorical, nameof(Categorical));
        RequireAll(MissingTokens, nameof(MissingTokens));
        RequireAll(Formats, nameof(Formats));
        if (!Enum.IsDefined(Missing)) throw new ArgumentException($"There is nothing called {Missing} to do with missing cells.");
        if (MaxGrowth is < 1 or > MostGrowth)
            throw new ArgumentException($"A file cannot grow {MaxGrowth} times; allowed is 1 to {MostGrowth}.");
        if (Sample < 1) throw new ArgumentException($"A sample of {Sample} rows cannot be drawn; allowed is 1 or more.");
        if (Threads < 0) throw new ArgumentException($"{Threads} threads cannot read; allowed is 0 or more.");
        if (SkipLines < 0) throw new ArgumentException($"{SkipLines} lines cannot be passed over; allowed is 0 or more.");
    }

    private static void RequireAll<T>(IReadOnlyList<T> list, string name)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(list, name);
        if (list.Any(item => item is null)) throw new ArgumentException($"An entry of {name} is null.", name);
    }
}
