using IadNative.Data;
using IadNative.Data.Formats;

namespace IadNative;

/// <summary>
/// Reads tables of numbers: CSV, NumPy's NPY and NPZ, and MATLAB's MAT version 5, each also packed with gzip; and images: IDX,
/// arrays of n x height x width in the other binary formats, PNG, and folders of them. The format is told by the content,
/// never by the file's name.
/// </summary>
public static class DatasetReader
{
    private const string Supported =
        "CSV, NPY, NPZ, MAT (version 5, saved with -v7 or -v6), IDX and PNG can be read, each also packed with gzip";

    /// <summary>Reads a file, or a folder of images.</summary>
    /// <param name="path">
    /// The file; or a folder that holds the training split of MNIST or a set like it (<c>train-images-idx3-ubyte</c> and
    /// <c>train-labels-idx1-ubyte</c>, also with <c>.gz</c>), or PNG files of one size, or folders of them that name their
    /// classes. PNG files go in the order of their names.
    /// </param>
    /// <param name="options">Labels and missing values; null takes the defaults.</param>
    /// <param name="ct">Stops the reading.</param>
    /// <exception cref="DataFormatException">The content cannot be used.</exception>
    /// <exception cref="IOException">The file cannot be found or read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="ct"/> was cancelled.</exception>
    /// <exception cref="ArgumentException"><paramref name="path"/> is null or empty.</exception>
    public static Dataset Read(string path, DatasetReadOptions? options = null, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new DatasetReadOptions();
        if (Directory.Exists(path))
        {
            string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
            RawTable table = ImageFolder.Read(path, name, options.Label, ReaderLimits.Default, ct);
            return MissingCells.Resolve(table, name, options.Missing);
        }
        using FileStream stream = FileContent.Open(path);
        return Read(stream, Path.GetFileName(path), options, ct);
    }

    /// <summary>Reads a stream from where it stands to its end.</summary>
    /// <param name="stream">The content; it stays open. It need not be able to seek.</param>
    /// <param name="name">The data set's name, also for messages.</param>
    /// <param name="options">Labels and missing values; null takes the defaults.</param>
    /// <param name="ct">Stops the reading.</param>
    /// <exception cref="DataFormatException">The content cannot be used.</exception>
    /// <exception cref="IOException">The stream fails.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="ct"/> was cancelled.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> or <paramref name="name"/> is null.</exception>
    public static Dataset Read(Stream stream, string name, DatasetReadOptions? options = null, CancellationToken ct = default) =>
        Read(stream, name, options ?? new DatasetReadOptions(), ReaderLimits.Default, ct);

    internal static Dataset Read(Stream stream, string name, DatasetReadOptions options, ReaderLimits limits,
        CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(name);
        RawTable table = FileContent.Read(stream, name, limits, content => ReadPlain(content, options.Label, limits), ct);
        ct.ThrowIfCancellationRequested();
        return MissingCells.Resolve(table, name, options.Missing);
    }

    private static RawTable ReadPlain(ContentStream content, string? label, ReaderLimits limits)
    {
        ReadOnlySpan<byte> head = content.Head(4096);
        if (head.IsEmpty)
            throw new DataFormatException($"{content.Name}: the file is empty. {Supported}.");
        if (head.StartsWith(NpyFormat.Magic))
            return NpyFormat.Read(content, content.Name, limits).ToTable(label, content.Name);
        if (IdxFormat.IsIdx(head))
            return IdxFormat.Read(content, content.Name, limits).ToTable(label, content.Name);
        if (head.StartsWith(PngFormat.Magic))
            return PngFormat.Read(content, limits).ToTable(label, content.Name);
        if (head.StartsWith("PK\u0003\u0004"u8) || head.StartsWith("PK\u0005\u0006"u8))
            return NpzFormat.Read(content, label, limits);
        if (MatFormat.IsMat(head))
            return MatFormat.Read(content, label, limits);
        if (head.StartsWith((byte[])[0x89, (byte)'H', (byte)'D', (byte)'F']))
            throw new DataFormatException($"{content.Name}: this is an HDF5 file, as MAT version 7.3 is. " +
                $"Save it with -v7. {Supported}.");
        bool isUtf16 = head.StartsWith((byte[])[0xFF, 0xFE]) || head.StartsWith((byte[])[0xFE, 0xFF]);
        if (head.Contains((byte)0) && !isUtf16)
            throw new DataFormatException($"{content.Name}: its content is of no known format. {Supported}.");
        return CsvFormat.Read(content, label, limits);
    }
}
