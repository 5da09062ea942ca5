using IadNative.Data.Reading;

namespace IadNative;

/// <summary>
/// Some thousand rows of a table, of which <see cref="RowBatchReader.CreateBatch"/> makes one and <see cref="RowBatchReader.Read"/> fills it
/// again and again. What its properties give is valid until then.
/// </summary>
public sealed class RowBatch
{
    private readonly RowBatchReader _reader;
    private readonly string[] _labels;

    internal RowBatch(RowBatchReader reader, int columns)
    {
        _reader = reader;
        Block = new RowBlock(columns);
        _labels = new string[reader.HasLabels ? Block.Capacity : 0];
    }

    /// <summary>Rows that are in it: 0 before the first reading and after the last.</summary>
    public int Count => Block.Rows;

    /// <summary>Features of a row, d.</summary>
    public int Columns => Block.Columns;

    /// <summary>
    /// <see cref="Count"/> x <see cref="Columns"/>, row-major: finite numbers, codes of levels (-1 for one that a detector does not have), and
    /// NaN for missing cells.
    /// </summary>
    public ReadOnlySpan<double> Rows => Block.Filled;

    /// <summary>One a row: its place in the source, counted from 0 and without a header.</summary>
    public ReadOnlySpan<long> SourceRows => Block.SourceRows.AsSpan(0, Count);

    /// <summary>One a row: what the source calls it; empty without <see cref="DatasetReadOptions.Id"/>.</summary>
    public ReadOnlySpan<string> Ids => Block.Ids.AsSpan(0, _reader.HasIds ? Count : 0);

    /// <summary>One a row: its label as text, which <see cref="RowBatchReader.IsAnomaly"/> explains; empty where there are none.</summary>
    public ReadOnlySpan<string> Labels => _labels.AsSpan(0, _reader.HasLabels ? Count : 0);

    /// <summary>One a row: the class of an image; empty where none is known.</summary>
    public ReadOnlySpan<string> Classes => Block.Classes.AsSpan(0, _reader.HasClasses ? Count : 0);

    internal RowBlock Block { get; }

    internal RowBatchReader Reader => _reader;

    /// <summary>Brings the labels' codes into words.</summary>
    internal void Name(LabelValues labels)
    {
        for (int i = 0; i < Count; i++) _labels[i] = labels.TextOf(Block.Labels[i]);
    }
}
