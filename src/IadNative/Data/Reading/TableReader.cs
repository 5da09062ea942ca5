using IadNative.Data.Formats;

namespace IadNative.Data.Reading;

/// <summary>
/// A table that is read from front to back, block by block. A format derives from it: it sets the columns in its constructor, fills
/// blocks in <see cref="Fill"/>, and hands every cell that is no plain number to <see cref="Cells"/>, which decides what a cell means,
/// counts missing ones and collects those that are refused.
/// </summary>
internal abstract class TableReader : IDisposable
{
    private readonly MissingValues _missing;
    private bool _ended;

    /// <param name="name">The source, for messages.</param>
    /// <param name="columns">Which column of the source is what.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="decimalMark">A point or a comma, in numbers that are text.</param>
    protected TableReader(string name, TableColumns columns, ReadRequest request, char decimalMark = '.')
    {
        Name = name;
        Columns = columns;
        Limits = request.Limits;
        _missing = request.Options.Missing;
        Cells = new FeatureCells(name, columns, request, decimalMark);
        Labels = columns.Label < 0 ? null : new LabelValues(columns.Describe(columns.Label), request.Options.Positive);
    }

    /// <summary>The source, for messages and reports.</summary>
    public string Name { get; }

    /// <summary>Which column of the source is what.</summary>
    public TableColumns Columns { get; }

    /// <summary>
    /// The d features in the order of the rows' numbers: those of the schema where one was asked for. Without a schema the kinds of
    /// columns of text, and the levels of categories, are those met so far; they are final after the last block.
    /// </summary>
    public IReadOnlyList<FeatureColumn> Features => Cells.Features;

    /// <summary>Whether the features' names are the source's own.</summary>
    public bool AreFeaturesNamed => Columns.AreNamed;

    /// <summary>What the label column held so far; null where there is none. What its values mean is known after the last block.</summary>
    public LabelValues? Labels { get; protected init; }

    /// <summary>Whether rows have names.</summary>
    public bool HasIds => Columns.Id >= 0;

    /// <summary>Whether rows have classes, as images may have.</summary>
    public bool HasClasses { get; protected init; }

    /// <summary>How each row makes up an image; null for a table.</summary>
    public ImageShape? Image { get; protected init; }

    /// <summary>One sentence each on what was found out about the source rather than told, for the user to read.</summary>
    public virtual IReadOnlyList<string> Notes => Columns.Notes;

    /// <summary>For each feature how many of its cells were missing so far, in rows that were left out too.</summary>
    public IReadOnlyList<long> MissingCells => Cells.Missing;

    /// <summary>How many rows <see cref="MissingValues.Drop"/> has left out so far.</summary>
    public long DroppedRows { get; private set; }

    /// <summary>Rows met so far, those left out too.</summary>
    public long RowsMet { get; private set; }

    /// <summary>What is read, where the reader is to close it.</summary>
    public SourceContent? Content { get; set; }

    /// <summary>The share of the source that has been read; null where that is not known.</summary>
    public virtual double? Fraction => Content?.Fraction;

    /// <summary>What the reading keeps in memory.</summary>
    public virtual MemoryUse? Memory => Content?.Memory;

    /// <summary>The bounds within which the source is believed.</summary>
    public ReaderLimits Limits { get; }

    /// <summary>How many rows are kept at most, so that the table must not become too large; 0 where they are forgotten block by block.</summary>
    public long MostRowsKept { get; set; }

    /// <summary>The meaning of the cells.</summary>
    protected FeatureCells Cells { get; }

    /// <summary>Fills a block with the next rows.</summary>
    /// <param name="block">Made for as many features as <see cref="Features"/>.</param>
    /// <returns>False when there are no more; the block is empty then.</returns>
    /// <exception cref="DataFormatException">
    /// The source is damaged, or holds a cell that is refused; the message lists such cells of all the rest of the source. Or the rows are kept,
    /// and there are too many for so small a source.
    /// </exception>
    public bool Read(RowBlock block)
    {
        block.Rows = 0;
        while (!_ended && block.Rows == 0)
        {
            Fill(block);
            _ended = block.Rows == 0;
            RowsMet += block.Rows;
            if (MostRowsKept > 0) Memory?.CheckTable(Math.Min(RowsMet, MostRowsKept), block.Columns);
            if (_ended) Content?.Finish();
            if (_ended) Cells.Bad.ThrowIfAny(Name, Columns);
            else if (Cells.Bad.Count > 0) block.Rows = 0;
            else if (_missing == MissingValues.Drop) DroppedRows += block.DropMissing();
        }

        return block.Rows > 0;
    }

    /// <summary>Puts up to <see cref="RowBlock.Capacity"/> rows into an empty block and sets how many; none at the source's end.</summary>
    protected abstract void Fill(RowBlock block);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        Content?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the format holds; the stream that it was given stays open.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}
