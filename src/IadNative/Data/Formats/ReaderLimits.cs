namespace IadNative.Data.Formats;

/// <summary>
/// The bounds within which a file is believed. They are far above real data; what lies beyond is a damaged or hostile
/// file. Buffers grow with the bytes that arrive, so that none of these is ever allocated on a file's word alone.
/// </summary>
internal sealed record ReaderLimits
{
    /// <summary>The limits of the product. Tests use smaller ones.</summary>
    public static ReaderLimits Default { get; } = new();

    /// <summary>The limits where values go to a file instead of an array: 4 TiB of them.</summary>
    public static ReaderLimits OutOfCore { get; } = Default with { Values = 1L << 40 };

    /// <summary>Values in one array: what one .NET array can hold.</summary>
    public long Values { get; init; } = Array.MaxLength;

    /// <summary>Decompressed bytes that any compressed content may have, whatever its size.</summary>
    public long InflatedFloor { get; init; } = 256L << 20;

    /// <summary>
    /// Decompressed bytes allowed beyond the floor for each compressed byte. Deflate reaches 1032 for constant bytes; of published sets
    /// InternetAds, 1,555 columns of mostly 0 in float64, reaches 313, and all others stay below 14.
    /// </summary>
    public long InflatedRatio { get; init; } = 500;

    /// <summary>Bytes of memory that any source may become, whatever its size.</summary>
    public long MemoryFloor { get; init; } = 64L << 20;

    /// <summary>
    /// Bytes of memory allowed beyond the floor for each byte of the source. Images of MNIST packed with gzip become 20 times as large; the
    /// sparse InternetAds 477 times, since it is stored column by column; words of texts in LIBSVM, which keeps only those that are there,
    /// some 250 times, packed with gzip 700.
    /// </summary>
    public long MemoryRatio { get; init; } = 1000;

    /// <summary>Bytes that a row takes beside its numbers: of names, labels, scores and weights.</summary>
    public const int RowBytes = 64;

    /// <summary>Bytes that a column takes beside its numbers: its name, kind and place.</summary>
    public const int ColumnBytes = 256;

    /// <summary>What to do about a source that grows beyond the limits.</summary>
    public const string Remedy = "It is damaged, or holds little but repetitions. If you trust it, allow more with --max-growth (in a program "
        + $"{nameof(DatasetReadOptions)}.{nameof(DatasetReadOptions.MaxGrowth)}).";

    /// <summary>The limits with the growth that somebody allows: how many times its size a source may become.</summary>
    public ReaderLimits Allowing(int? growth) => growth is { } ratio ? this with { InflatedRatio = ratio, MemoryRatio = ratio } : this;

    /// <summary>Bytes in one CSV row, or one line of JSON or LIBSVM.</summary>
    public int CsvRowCharacters { get; init; } = 4 << 20;

    /// <summary>Cells in one CSV row, and columns of a LIBSVM file.</summary>
    public int CsvColumns { get; init; } = 1 << 17;

    /// <summary>Bytes in an NPY header, which takes some hundred.</summary>
    public int NpyHeaderBytes { get; init; } = 64 << 10;

    /// <summary>Bytes in a MAT array's name, which MATLAB keeps to 63.</summary>
    public int MatNameBytes { get; init; } = 4096;

    /// <summary>Bytes in one PNG file.</summary>
    public int PngBytes { get; init; } = 64 << 20;

    /// <summary>Pixels in one PNG file: 4096 x 4096.</summary>
    public int PngPixels { get; init; } = 1 << 24;

    /// <summary>Dimensions of one array.</summary>
    public int Dimensions { get; init; } = 32;
}
