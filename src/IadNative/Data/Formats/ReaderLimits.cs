namespace IadNative.Data.Formats;

/// <summary>
/// The bounds within which a file is believed. They are far above real data; what lies beyond is a damaged or hostile
/// file. Buffers grow with the bytes that arrive, so that none of these is ever allocated on a file's word alone.
/// </summary>
internal sealed record ReaderLimits
{
    /// <summary>The limits of the product. Tests use smaller ones.</summary>
    public static ReaderLimits Default { get; } = new();

    /// <summary>Values in one array: what one .NET array can hold.</summary>
    public long Values { get; init; } = Array.MaxLength;

    /// <summary>Decompressed bytes that any compressed content may have, whatever its size.</summary>
    public long InflatedFloor { get; init; } = 256L << 20;

    /// <summary>
    /// Decompressed bytes allowed beyond the floor for each compressed byte. Deflate reaches 1032 for constant bytes;
    /// sparse tables stay below 150.
    /// </summary>
    public long InflatedRatio { get; init; } = 250;

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
