using System.Runtime.InteropServices;
using IadNative.Random;

namespace IadNative.Data.Reading;

/// <summary>
/// A uniform sample without replacement of a table that is read once, in memory that does not depend on the table's length: the rows with
/// the smallest keys, where a row's key is a random number of 64 bits that depends on the seed and the row's place in the source alone. So
/// neither blocks nor threads matter, and a smaller sample is a part of a larger one. Rows stay in the order of the source.
/// </summary>
internal sealed unsafe class RowSample : IDisposable
{
    private readonly TableReader _reader;
    private readonly ulong _seed;
    private readonly int _size;
    private readonly int _columns;
    private readonly int _chunkRows;
    private readonly List<nint> _chunks = [];
    private readonly List<Row> _rows = [];

    // Rows of the source's blocks, as long as all are kept.
    private readonly List<int> _blocks = [];

    // The kept rows, that with the largest key first; null as long as all are kept.
    private PriorityQueue<int, (ulong Key, long Row)>? _largest;
    private int _next, _nextBlock;

    private RowSample(TableReader reader, int size, ulong seed)
    {
        (_reader, _size, _seed, _columns) = (reader, size, seed, reader.Features.Count);
        _chunkRows = RowBlock.CapacityOf(_columns);
    }

    /// <summary>Rows of the source, but for those that were left out for a missing cell.</summary>
    public long SourceRows { get; private set; }

    /// <summary>Whether there are more than were drawn.</summary>
    public bool IsPart => _largest is not null;

    /// <summary>Reads a table to its end.</summary>
    /// <param name="reader">The table.</param>
    /// <param name="size">The most rows of the sample, at least 1.</param>
    /// <param name="seed">Other seeds give other samples.</param>
    /// <exception cref="DataFormatException">The source is damaged, holds a cell that is refused, or the sample is more than can be held.</exception>
    public static RowSample Draw(TableReader reader, int size, ulong seed)
    {
        var sample = new RowSample(reader, size, seed);
        try
        {
            var block = new RowBlock(sample._columns);
            while (reader.Read(block)) sample.Add(block);
            if (sample.IsPart) sample._rows.Sort((a, b) => a.Source.CompareTo(b.Source));
            return sample;
        }
        catch
        {
            sample.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The key of a row: the first two numbers, the first being the lower half, of Philox with the sample's seed as key and the counter (row
    /// mod 2³², 10, row / 2³², 0).
    /// </summary>
    public static ulong KeyOf(ulong seed, long row)
    {
        (uint x0, uint x1, _, _) = Philox.Block(seed, (uint)row, (uint)RandomPurpose.SourceRows, (uint)(row >> 32), 0);
        return x0 | ((ulong)x1 << 32);
    }

    /// <summary>Hands out the next rows of the sample: the source's own blocks where it is all of the source, full ones otherwise.</summary>
    /// <returns>False when there are no more.</returns>
    public bool Read(RowBlock block)
    {
        int end = IsPart ? Math.Min(_next + block.Capacity, _rows.Count)
            : _nextBlock < _blocks.Count ? _next + _blocks[_nextBlock++]
            : _next;
        block.Rows = 0;
        for (; _next < end; _next++, block.Rows++)
        {
            Row row = _rows[_next];
            Cells(row.Slot).CopyTo(block.Row(block.Rows));
            (block.SourceRows[block.Rows], block.Labels[block.Rows]) = (row.Source, row.Label);
            (block.Ids[block.Rows], block.Classes[block.Rows]) = (row.Id!, row.Class!);
        }

        return block.Rows > 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (nint chunk in _chunks) NativeMemory.Free((double*)chunk);
        _chunks.Clear();
    }

    private void Add(RowBlock block)
    {
        SourceRows += block.Rows;
        if (!IsPart) _blocks.Add(Math.Min(block.Rows, _size - _rows.Count));
        for (int i = 0; i < block.Rows; i++)
        {
            if (_rows.Count < _size)
            {
                int slot = _rows.Count;
                Grow();
                _rows.Add(RowOf(block, i, slot));
                continue;
            }

            // Whoever has the same key is told apart by its place.
            _largest ??= new PriorityQueue<int, (ulong Key, long Row)>(
                _rows.Select(row => (row.Slot, (KeyOf(_seed, row.Source), row.Source))), Comparer<(ulong, long)>.Create((a, b) => b.CompareTo(a)));
            (ulong Key, long Row) key = (KeyOf(_seed, block.SourceRows[i]), block.SourceRows[i]);
            _largest.TryPeek(out int last, out (ulong Key, long Row) largest);
            if (key.CompareTo(largest) > 0) continue;
            _largest.DequeueEnqueue(last, key);
            _rows[last] = RowOf(block, i, last);
        }
    }

    private Row RowOf(RowBlock block, int i, int slot)
    {
        block.Row(i).CopyTo(Cells(slot));
        return new Row(block.SourceRows[i], slot, block.Labels[i], _reader.HasIds ? block.Ids[i] : null, _reader.HasClasses ? block.Classes[i] : null);
    }

    private Span<double> Cells(int slot) => new((double*)_chunks[slot / _chunkRows] + ((nint)(slot % _chunkRows) * _columns), _columns);

    private void Grow()
    {
        long most = _reader.Limits.Values / _columns;
        if (_rows.Count >= most)
        {
            throw new DataFormatException($"{_reader.Name}: a sample of more than {most} rows has more than the {_reader.Limits.Values} values that "
                + "can be held. Draw fewer rows.");
        }

        if (_rows.Count == (long)_chunks.Count * _chunkRows)
            _chunks.Add((nint)NativeMemory.Alloc((nuint)_chunkRows * (nuint)_columns, sizeof(double)));
    }

    /// <param name="Source">Its place in the source.</param>
    /// <param name="Slot">Where its cells are.</param>
    /// <param name="Label">The code of its label.</param>
    /// <param name="Id">What the source calls it, or null.</param>
    /// <param name="Class">Its class, or null.</param>
    private readonly record struct Row(long Source, int Slot, ushort Label, string? Id, string? Class);
}
