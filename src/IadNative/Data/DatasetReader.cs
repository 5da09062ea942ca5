using IadNative.Data;
using IadNative.Data.Formats;
using IadNative.Data.Reading;
using IadNative.Messages;

namespace IadNative;

/// <summary>
/// Reads tables: CSV, JSON lines, LIBSVM, NumPy's NPY and NPZ, and MATLAB's MAT version 5; and images: IDX, arrays of
/// n x height x width in the other binary formats, PNG, and folders of them. Each may be packed with gzip or zstd, and one file with
/// zip. The format is told by the content, never by the file's name.
/// </summary>
public static class DatasetReader
{
    private const string Supported = "CSV, JSON lines, LIBSVM, NPY, NPZ, MAT (version 5, saved with -v7 or -v6), IDX and PNG can be " +
        "read, each also packed with gzip, zstd or zip";

    /// <summary>Reads a file, or a folder of images.</summary>
    /// <param name="path">
    /// The file; or a folder that holds the training split of MNIST or a set like it (<c>train-images-idx3-ubyte</c> and
    /// <c>train-labels-idx1-ubyte</c>, also with <c>.gz</c>), or PNG files of one size, or folders of them that name their
    /// classes. PNG files go in the order of their names.
    /// </param>
    /// <param name="options">Which columns are what, missing values, and how text is written; null takes the defaults.</param>
    /// <param name="ct">Stops the reading.</param>
    /// <exception cref="DataFormatException">The content cannot be used.</exception>
    /// <exception cref="IOException">The file cannot be found or read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="ct"/> was cancelled.</exception>
    /// <exception cref="ArgumentException"><paramref name="path"/> is null or empty, or an option makes no sense.</exception>
    public static Dataset Read(string path, DatasetReadOptions? options = null, CancellationToken ct = default)
    {
        using TableReader reader = Open(path, options, null, ct);
        return TableCollector.Collect(reader, options ?? new DatasetReadOptions(), cancellationToken: ct);
    }

    /// <summary>Reads a stream from where it stands to its end.</summary>
    /// <param name="stream">The content; it stays open. It need not be able to seek.</param>
    /// <param name="name">The data set's name, also for messages.</param>
    /// <param name="options">Which columns are what, missing values, and how text is written; null takes the defaults.</param>
    /// <param name="ct">Stops the reading.</param>
    /// <exception cref="DataFormatException">The content cannot be used.</exception>
    /// <exception cref="IOException">The stream fails.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="ct"/> was cancelled.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> or <paramref name="name"/> is null.</exception>
    /// <exception cref="ArgumentException">An option makes no sense.</exception>
    public static Dataset Read(Stream stream, string name, DatasetReadOptions? options = null, CancellationToken ct = default) =>
        Read(stream, name, options ?? new DatasetReadOptions(), ReaderLimits.Default, ct);

    internal static Dataset Read(Stream stream, string name, DatasetReadOptions options, ReaderLimits limits, CancellationToken ct)
    {
        using TableReader reader = Open(stream, name, new ReadRequest(options, limits), ownsStream: false, ct);
        return TableCollector.Collect(reader, options, cancellationToken: ct);
    }

    /// <summary>Reads a table into temporary files, which it stays in.</summary>
    /// <param name="reader">The table, opened with <see cref="ReaderLimits.OutOfCore"/>.</param>
    /// <param name="options">How it was opened.</param>
    /// <param name="folder">Where the files lie.</param>
    /// <param name="cancellationToken">Stops what is done once all rows have come; before that the reader stops itself.</param>
    /// <param name="report">Told how far it is; may be null.</param>
    /// <param name="names">Takes the names of rows some thousand at a time, and the table keeps none; null where it keeps them.</param>
    /// <exception cref="DataFormatException">The content cannot be used, or holds images.</exception>
    /// <exception cref="IOException">The file cannot be read, or a temporary file not be written.</exception>
    /// <exception cref="ArgumentException">A sample is asked for.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    internal static Dataset ReadOutOfCore(
        TableReader reader, DatasetReadOptions options, TemporaryFolder folder, CancellationToken cancellationToken,
        Action<RowProgress>? report = null, Action<IReadOnlyList<string>>? names = null)
    {
        if (options.Sample is not null)
            throw new ArgumentException($"{nameof(DatasetReadOptions.Sample)} is for {nameof(Read)}: out of core all rows are learned from.", nameof(options));
        return reader.Image is null
            ? TableCollector.Collect(reader, options, folder, report, names, cancellationToken)
            : throw new DataFormatException($"{reader.Name}: it holds images, and only tables are learned from out of core. Fit it in memory.");
    }

    /// <summary>Opens a file, or a folder of images, to be read batch by batch.</summary>
    /// <param name="path">The file or folder, as of <see cref="Read(string, DatasetReadOptions?, CancellationToken)"/>.</param>
    /// <param name="options">Which columns are what, missing values, and how text is written; null takes the defaults.</param>
    /// <param name="ct">Stops the reading.</param>
    /// <returns>The reader, which is to be disposed of.</returns>
    /// <exception cref="DataFormatException">The content cannot be used.</exception>
    /// <exception cref="IOException">The file cannot be found or read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="ct"/> was cancelled.</exception>
    /// <exception cref="ArgumentException">
    /// <paramref name="path"/> is null or empty, an option makes no sense, or a sample is asked for, which only a whole table is drawn from.
    /// </exception>
    public static RowBatchReader OpenBatches(string path, DatasetReadOptions? options = null, CancellationToken ct = default) =>
        OpenBatches(path, options, null, ct);

    /// <summary>Opens a stream to be read batch by batch from where it stands to its end.</summary>
    /// <param name="stream">The content; it stays open. It need not be able to seek.</param>
    /// <param name="name">The name, also for messages.</param>
    /// <param name="options">Which columns are what, missing values, and how text is written; null takes the defaults.</param>
    /// <param name="ct">Stops the reading.</param>
    /// <returns>The reader, which is to be disposed of.</returns>
    /// <exception cref="DataFormatException">The content cannot be used.</exception>
    /// <exception cref="IOException">The stream fails.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="ct"/> was cancelled.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> or <paramref name="name"/> is null.</exception>
    /// <exception cref="ArgumentException">An option makes no sense, or a sample is asked for.</exception>
    public static RowBatchReader OpenBatches(Stream stream, string name, DatasetReadOptions? options = null, CancellationToken ct = default) =>
        OpenBatches(stream, name, options, null, ct);

    internal static RowBatchReader OpenBatches(string path, DatasetReadOptions? options, TableSchema? schema, CancellationToken ct)
    {
        RefuseSample(options);
        return new RowBatchReader(Open(path, options, schema, ct));
    }

    internal static RowBatchReader OpenBatches(Stream stream, string name, DatasetReadOptions? options, TableSchema? schema, CancellationToken ct)
    {
        RefuseSample(options);
        return new RowBatchReader(
            Open(stream, name, new ReadRequest(options ?? new DatasetReadOptions(), ReaderLimits.Default, schema), ownsStream: false, ct));
    }

    /// <summary>Opens a file, or a folder of images, to be read block by block.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="options">How to read it; null takes the defaults.</param>
    /// <param name="schema">The features that the rows are to have; null for those of the file.</param>
    /// <param name="ct">Stops the reading.</param>
    /// <returns>The reader, which is to be disposed of.</returns>
    /// <exception cref="DataFormatException">The content cannot be used.</exception>
    internal static TableReader Open(string path, DatasetReadOptions? options, TableSchema? schema, CancellationToken ct) =>
        Open(path, new ReadRequest(options ?? new DatasetReadOptions(), ReaderLimits.Default, schema), ct);

    /// <summary>Opens a file, or a folder of images, to be read block by block.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="ct">Stops the reading.</param>
    /// <returns>The reader, which is to be disposed of.</returns>
    /// <exception cref="DataFormatException">The content cannot be used.</exception>
    internal static TableReader Open(string path, ReadRequest request, CancellationToken ct)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!Directory.Exists(path))
            return Open(SourceContent.OpenFile(path), Path.GetFileName(path), request, ownsStream: true, ct);
        string name = ForeignText.Shorten(Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))), ForeignText.LongestFileName);
        return ImageFolder.Open(path, name, request, ct);
    }

    /// <summary>Opens a stream to be read block by block from where it stands.</summary>
    /// <param name="stream">The content.</param>
    /// <param name="name">The name, also for messages.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="ownsStream">Whether the stream is disposed of with the reader.</param>
    /// <param name="ct">Stops the reading.</param>
    /// <returns>The reader, which is to be disposed of.</returns>
    /// <exception cref="DataFormatException">The content cannot be used.</exception>
    internal static TableReader Open(Stream stream, string name, ReadRequest request, bool ownsStream, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(name);
        request.Options.Validate();
        name = ForeignText.Shorten(name, ForeignText.LongestFileName);
        var content = SourceContent.Open(stream, name, request.Limits, ownsStream, ct);
        try
        {
            TableReader reader = Open(content, content.Plain, request);
            reader.Content = content;
            ct.ThrowIfCancellationRequested();
            return reader;
        }
        catch
        {
            content.Dispose();
            throw;
        }
    }

    private static void RefuseSample(DatasetReadOptions? options)
    {
        if (options?.Sample is not null)
            throw new ArgumentException($"{nameof(DatasetReadOptions.Sample)} is for {nameof(Read)}, which draws it; batches have all rows.", nameof(options));
    }

    private static TableReader Open(SourceContent source, ContentStream content, ReadRequest request)
    {
        ReadOnlySpan<byte> head = content.Head(4096);
        if (head.IsEmpty)
            throw new DataFormatException($"{content.Name}: the file is empty. {Supported}.");
        foreach (DatasetFormat format in request.Options.Formats)
        {
            if (format.IsFormat(head)) return format.Open(content, request);
        }

        if (head.StartsWith(NpyFormat.Magic))
            return ArrayReader.Open(content.Name, NpyFormat.Open(content, content.Name, request.Limits), request);
        if (IdxFormat.IsIdx(head))
            return ArrayReader.Open(content.Name, IdxFormat.Open(content, content.Name, request.Limits), request);
        if (head.StartsWith(PngFormat.Magic))
            return OpenImage(content, request);
        if (ZipFormat.IsZip(head))
        {
            return content == source.Plain
                ? ZipFormat.Open(source, request, entry => Open(source, entry, request))
                : throw new DataFormatException($"{content.Name}: this is an archive within an archive. Unpack the outer one.");
        }

        if (MatFormat.IsMat(head))
            return MatFormat.Open(content, request);
        RefuseForeign(head, content.Name, request.Options.Encoding is not null);
        if (JsonLinesReader.IsJson(head))
            return new JsonLinesReader(content, request);
        return LibsvmReader.IsLibsvm(head) ? LibsvmReader.Open(content, request) : CsvReader.Open(content, request);
    }

    private static ImageReader OpenImage(ContentStream content, ReadRequest request) => request.Options.Label == null
        ? new ImageReader(content.Name, [PngFormat.Read(content, request.Limits)], null, request)
        : throw new DataFormatException($"{content.Name}: an image has no label column. Leave the label away.");

    private static void RefuseForeign(ReadOnlySpan<byte> head, string name, bool isText)
    {
        if (head.StartsWith((byte[])[0x89, (byte)'H', (byte)'D', (byte)'F']))
            throw new DataFormatException($"{name}: this is an HDF5 file, as MAT version 7.3 is. Save it with -v7. {Supported}.");
        string? foreign = head.StartsWith("PAR1"u8) ? "a Parquet file"
            : head.StartsWith("ARROW1"u8) || head.StartsWith((byte[])[0xFF, 0xFF, 0xFF, 0xFF]) ? "Arrow data" : null;
        if (foreign != null)
            throw new DataFormatException($"{name}: this is {foreign}, which the package IadNative.Parquet reads: give its format to " +
                $"{nameof(DatasetReadOptions)}.{nameof(DatasetReadOptions.Formats)}. {Supported}.");
        bool isUtf16 = head.StartsWith((byte[])[0xFF, 0xFE]) || head.StartsWith((byte[])[0xFE, 0xFF]);
        if (head.Contains((byte)0) && !isUtf16 && !isText)
            throw new DataFormatException($"{name}: its content is of no known format. {Supported}.");
    }
}
