using Apache.Arrow;
using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;
using IadNative.Data.Formats;
using IadNative.Data.Reading;
using IadNative.Parquet.Columns;
using IadNative.Parquet.Messages;

namespace IadNative.Parquet;

/// <summary>
/// Reads Arrow's messages from front to back, one batch of rows at a time. A file is a stream with a frame around it: the batches stand
/// in it as in a stream, and what it has behind them, to find them in another order, is not needed.
/// </summary>
internal sealed class ArrowReader : ColumnarReader
{
    // The magic is filled up to eight bytes.
    private const int FileHeaderBytes = 8;

    private readonly Source _source;
    private readonly ReaderLimits _limits;
    private readonly ArrowCells?[] _cells;
    private int _left;
    private long _rows;

    private ArrowReader(Source source, ReadRequest request)
        : base(source.Content.Name, source.Columns, request, source.Content.Cancellation)
    {
        (_source, _limits) = (source, request.Limits);
        _cells = new ArrowCells?[source.Columns.Length];
        foreach (int column in Wanted)
        {
            string name = Columns.Describe(column);
            _cells[column] = new ArrowCells(
                source.Schema.FieldsList[column].DataType, cause => source.Damaged($"{name} is damaged", cause));
        }
    }

    /// <summary>The first and last bytes of a file.</summary>
    public static ReadOnlySpan<byte> FileMagic => "ARROW1"u8;

    /// <summary>The first bytes of a stream.</summary>
    public static ReadOnlySpan<byte> StreamMagic => [0xFF, 0xFF, 0xFF, 0xFF];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Notes => _source.Messages.IsOpenEnded && !_source.IsFile
        ? [.. base.Notes, "the Arrow stream has no end mark; if rows are missing, it was cut short"] : base.Notes;

    /// <summary>Opens a file or a stream.</summary>
    /// <param name="content">It, from its first byte on.</param>
    /// <param name="request">What is asked for.</param>
    /// <exception cref="DataFormatException">It is damaged or cannot be used.</exception>
    public static ArrowReader Open(ContentStream content, ReadRequest request)
    {
        var source = new Source(content, request.Limits);
        try
        {
            return new ArrowReader(source, request);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    protected override long RowsAtHand()
    {
        while (_left == 0)
        {
            if (_source.Read() is not { } batch) return 0;

            _left = batch.Length;
            _rows += batch.Length;
            // A few bytes may stand for any number of missing cells, which no data are.
            Int128 believed = _limits.InflatedFloor + (Int128)_limits.InflatedRatio * _source.BytesRead;
            if ((Int128)_rows * Columns.Features.Length * sizeof(double) > believed)
                throw new DataFormatException($"{Name}: it claims {_rows} rows or more, which its size does not justify. {ReaderLimits.Remedy}");
            for (int column = 0; column < _cells.Length; column++)
            {
                if (_cells[column] is not { } cells) continue;
                if (column >= batch.ColumnCount || batch.Column(column).Length != batch.Length)
                    throw _source.Damaged($"{Columns.Describe(column)} has not as many cells as there are rows");
                cells.Start(batch.Column(column));
            }
        }

        return _left;
    }

    /// <inheritdoc/>
    protected override ColumnCells CellsOf(int column) => _cells[column]!;

    /// <inheritdoc/>
    protected override void Pass(int rows) => _left -= rows;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _source.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Arrow's reader, of which every failure is one of the data.</summary>
    private sealed class Source : IDisposable
    {
        private readonly ArrowStreamReader _reader;

        public Source(ContentStream content, ReaderLimits limits)
        {
            Content = content;
            IsFile = content.Head(FileMagic.Length).SequenceEqual(FileMagic);
            if (IsFile) content.Skip(FileHeaderBytes, "its header");
            Messages = new MessageStream(content);
            var allocator = new BoundedAllocator(content.Name, () => limits.InflatedFloor + limits.InflatedRatio * BytesRead);
            // Types of other libraries are read as what they are stored as.
            var context = new ArrowContext(allocator, new CompressionCodecFactory(), new ExtensionTypeRegistry());
            _reader = new ArrowStreamReader(context, Messages, leaveOpen: true);
            Schema = Guard(() => _reader.Schema) ?? throw Damaged("it has no schema");
            Columns = [.. Schema.FieldsList.Select(field => new SourceColumn(
                field.Name ?? "", ArrowCells.ContentOf(field.DataType), $"the Arrow type {field.DataType.Name}"))];
            if (Columns.Length == 0) throw Damaged("it has no column");
        }

        public ContentStream Content { get; }

        /// <summary>What was read so far; packed once more, no more than the file itself.</summary>
        public long BytesRead => Math.Min(Content.Offset, Content.Memory?.SourceBytes ?? Content.Offset);

        public bool IsFile { get; }

        public MessageStream Messages { get; }

        public Schema Schema { get; }

        public SourceColumn[] Columns { get; }

        /// <summary>The next batch, null at the end.</summary>
        public RecordBatch? Read()
        {
            RecordBatch? batch = Guard(() => _reader.ReadNextRecordBatch());
            if (batch is not null) return batch;
            if (!Messages.HasEnded) throw Damaged("it ends early");
            if (IsFile) CheckEnd();
            return null;
        }

        public DataFormatException Damaged(string what, Exception? cause = null) =>
            Content.Error($"{what}; the Arrow data are cut short or damaged. Copy or save them again", cause);

        public void Dispose() => _reader.Dispose();

        private T Guard<T>(Func<T> read)
        {
            try
            {
                return read();
            }
            catch (Exception e) when (!Content.Failed &&
                e is not (DataFormatException or OperationCanceledException or OutOfMemoryException))
            {
                throw Damaged("a message cannot be read", e);
            }
        }

        // A file that was cut between two batches has no end.
        private void CheckEnd()
        {
            byte[] buffer = new byte[4096];
            Span<byte> last = stackalloc byte[FileMagic.Length];
            last.Clear();
            for (int got; (got = Content.Read(buffer)) > 0;)
            {
                int kept = Math.Max(0, last.Length - got);
                last[^kept..].CopyTo(last);
                buffer.AsSpan(Math.Max(0, got - last.Length), Math.Min(got, last.Length)).CopyTo(last[kept..]);
            }

            if (!last.SequenceEqual(FileMagic)) throw Damaged("its end is missing");
        }
    }
}
