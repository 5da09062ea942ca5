using System.Buffers.Binary;
using IadNative.Data.Formats;
using IadNative.Data.Reading;
using IadNative.Parquet.Columns;
using IadNative.Parquet.Metadata;
using IadNative.Parquet.Pages;

namespace IadNative.Parquet;

/// <summary>
/// Reads a Parquet file group by group, of each only the columns that are wanted and of those one page at a time; where it is a file on
/// disk, several columns at once.
/// </summary>
internal sealed class ParquetReader : ColumnarReader
{
    private readonly RowGroup[] _groups;
    private readonly long _rows;
    private readonly int[] _leaves;
    private readonly ParquetCells?[] _cells;
    private readonly ColumnsAhead? _ahead;
    private int _group = -1;
    private long _left;

    // Of the current group, where columns are decoded ahead of what is read.
    private long _leftAhead;

    private ParquetReader(Stream stream, string name, long sourceBytes, SourceFile file, ReadRequest request, CancellationToken cancellation)
        : base(name, file.Columns, request, cancellation)
    {
        (_groups, _rows) = (file.Footer.Groups, file.Footer.Rows);
        _leaves = file.Leaves;
        var budget = new MemoryBudget(name, request.Limits.InflatedFloor + request.Limits.InflatedRatio * sourceBytes);
        // A stream that derives from it may be something else.
        FileStream? disk = stream.GetType() == typeof(FileStream) ? (FileStream)stream : null;
        var pages = new PageSource(stream, disk?.SafeFileHandle, name, file.End, budget);
        _cells = new ParquetCells?[file.Columns.Length];
        foreach (int column in Wanted.Where(column => _leaves[column] >= 0))
            _cells[column] = new ParquetCells(pages, budget, file.Elements[column], Columns.Describe(column));
        CheckGroups(file.Footer, file.Elements, sourceBytes, request.Limits);
        int threads = request.Options.Threads == 0 ? Environment.ProcessorCount : request.Options.Threads;
        if (disk is null || threads == 1 || _rows == 0 || _cells.Count(cells => cells is not null) == 1) return;
        bool[] areTexts = [.. Enumerable.Range(0, _cells.Length).Select(AreTexts)];
        _ahead = new ColumnsAhead(_cells, areTexts, RowBlock.CapacityOf(Columns.Features.Length), _groups.Max(group => group.Rows), threads, BeginAhead);
    }

    /// <summary>The first and last bytes of every file.</summary>
    public static ReadOnlySpan<byte> Magic => "PAR1"u8;

    /// <summary>The most rows that are decoded ahead; 0 where none are.</summary>
    internal int RowsAhead => _ahead?.MostRows ?? 0;

    /// <inheritdoc/>
    public override double? Fraction => _rows > 0 ? (double)RowsMet / _rows : null;

    /// <summary>Opens a file.</summary>
    /// <param name="content">The file from its first byte on.</param>
    /// <param name="request">What is asked for.</param>
    /// <exception cref="DataFormatException">It is damaged or cannot be used.</exception>
    public static ParquetReader Open(ContentStream content, ReadRequest request)
    {
        Stream stream = content.ToSeekable();
        // Packed once more, the file itself is what counts.
        long bytes = Math.Min(stream.Length, content.Memory?.SourceBytes ?? stream.Length);
        return new ParquetReader(stream, content.Name, bytes, SourceFile.Read(stream, content.Name), request, content.Cancellation);
    }

    /// <inheritdoc/>
    protected override long RowsAtHand()
    {
        if (_ahead is not null)
        {
            if (_left == 0) _left = _ahead.Advance();
            return _left;
        }

        while (_left == 0 && StartGroup()) _left = _groups[_group].Rows;
        return _left;
    }

    /// <inheritdoc/>
    protected override ColumnCells CellsOf(int column) => _ahead?.CellsOf(column) ?? _cells[column]!;

    /// <inheritdoc/>
    protected override void Pass(int rows) => _left -= rows;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _ahead?.Dispose();
        base.Dispose(disposing);
    }

    private bool StartGroup()
    {
        if (_group + 1 == _groups.Length) return false;
        RowGroup group = _groups[++_group];
        for (int column = 0; column < _cells.Length; column++) _cells[column]?.Start(group.Chunks[_leaves[column]]);
        return true;
    }

    private int BeginAhead(int most)
    {
        while (_leftAhead == 0 && StartGroup()) _leftAhead = _groups[_group].Rows;
        int rows = (int)Math.Min(most, _leftAhead);
        _leftAhead -= rows;
        return rows;
    }

    private void CheckGroups(FileFooter footer, SchemaElement[] elements, long size, ReaderLimits limits)
    {
        long rows = 0;
        foreach (RowGroup group in footer.Groups)
        {
            if (group.Rows > footer.Rows - rows) throw Damaged("its groups have more rows than the file");
            rows += group.Rows;
            for (int column = 0; column < _cells.Length; column++)
            {
                if (_cells[column] is null) continue;
                if (_leaves[column] >= group.Chunks.Length) throw Damaged("a group of rows lacks a column");
                ColumnChunk chunk = group.Chunks[_leaves[column]];
                if (chunk.IsElsewhere)
                {
                    throw new DataFormatException(
                        $"{Name}: {Columns.Describe(column)} is encrypted or in another file. Save it as one plain file.");
                }

                if (chunk.Physical != elements[column].Physical || chunk.Values != group.Rows)
                    throw Damaged($"{Columns.Describe(column)} is not what the schema says");
            }
        }

        if (rows != footer.Rows) throw Damaged("its groups have fewer rows than the file");
        // A few bytes may stand for any number of equal cells, which no data are.
        if ((Int128)rows * Columns.Features.Length * sizeof(double) > limits.InflatedFloor + (Int128)limits.InflatedRatio * size)
        {
            throw new DataFormatException($"{Name}: it claims {rows} rows of {Columns.Features.Length} features, more than a file of " +
                $"{size} bytes can hold unless they repeat. {ReaderLimits.Remedy}");
        }
    }

    private DataFormatException Damaged(string what) => SourceFile.Damaged(Name, what);

    /// <summary>What the footer says, column by column.</summary>
    private sealed record SourceFile(FileFooter Footer, SourceColumn[] Columns, SchemaElement[] Elements, int[] Leaves, long End)
    {
        private const int TrailerBytes = 8;

        public static SourceFile Read(Stream stream, string name)
        {
            Span<byte> trailer = stackalloc byte[TrailerBytes];
            if (stream.Length < Magic.Length + TrailerBytes) throw Damaged(name, "it is too short");
            Fill(stream, stream.Length - TrailerBytes, trailer, name);
            if (trailer[4..].SequenceEqual("PARE"u8))
                throw new DataFormatException($"{name}: this is an encrypted Parquet file, which cannot be read. Save it unencrypted.");
            if (!trailer[4..].SequenceEqual(Magic)) throw Damaged(name, "its end is missing");
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(trailer);
            long end = stream.Length - TrailerBytes - length;
            if (end < Magic.Length) throw Damaged(name, "its footer is longer than the file");
            byte[] bytes = new byte[length];
            Fill(stream, end, bytes, name);
            try
            {
                return Of(FileFooter.Read(bytes), end);
            }
            catch (Exception e) when (e is EndOfStreamException or InvalidDataException)
            {
                throw Damaged(name, "its footer is damaged", e);
            }
        }

        public static DataFormatException Damaged(string name, string what, Exception? cause = null)
        {
            string message = $"{name}: {what}; the Parquet file is cut short or damaged. Copy or save it again.";
            return cause is null ? new DataFormatException(message) : new DataFormatException(message, cause);
        }

        private static SourceFile Of(FileFooter footer, long end)
        {
            var columns = new List<SourceColumn>();
            var elements = new List<SchemaElement>();
            var leaves = new List<int>();
            int next = 1, leaf = 0;
            while (next < footer.Schema.Length)
            {
                SchemaElement element = footer.Schema[next];
                bool isFlat = element is { Children: 0, IsRepeated: false };
                ColumnContent content = isFlat ? ParquetValues.ContentOf(element) : ColumnContent.Other;
                string type = isFlat ? "a type that is no number or text" : "lists, structures or maps";
                columns.Add(new SourceColumn(element.Name, content, type));
                elements.Add(element);
                leaves.Add(leaf);
                Pass(footer.Schema, ref next, ref leaf);
            }

            return columns.Count > 0 ? new SourceFile(footer, [.. columns], [.. elements], [.. leaves], end)
                : throw new InvalidDataException("There is no column.");
        }

        // Past a node and all that is below it.
        private static void Pass(SchemaElement[] schema, ref int next, ref int leaf)
        {
            for (long open = 1; open > 0; open--)
            {
                if (next == schema.Length || schema[next].Children < 0) throw new InvalidDataException("The schema ends early.");
                int children = schema[next++].Children;
                if (children == 0) leaf++;
                open += children;
            }
        }

        private static void Fill(Stream stream, long offset, Span<byte> bytes, string name)
        {
            stream.Position = offset;
            if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length) throw Damaged(name, "it ends early");
        }
    }
}
