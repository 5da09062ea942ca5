namespace IadNative.Parquet.Encodings;

/// <summary>
/// Integers written as differences: blocks of them, each with its least difference, and miniblocks of how much they lie above it, in as
/// many bits as the largest takes. Sums wrap around.
/// </summary>
internal ref struct Differences
{
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly int _blockSize;
    private readonly int _miniblocks;
    private int _left;
    private int _leftInBlock;
    private int _leftInMiniblock;
    private int _miniblock;
    private long _last;
    private long _least;
    private ReadOnlySpan<byte> _widths;
    private ReadOnlySpan<byte> _packed;
    private int _bit;
    private bool _isFirst = true;

    /// <summary>Begins with the first of some integers.</summary>
    /// <param name="bytes">From their first byte on.</param>
    /// <exception cref="InvalidDataException">They are none.</exception>
    public Differences(ReadOnlySpan<byte> bytes)
    {
        _bytes = bytes;
        (_blockSize, _miniblocks) = ((int)Math.Min(Varint(), int.MaxValue), (int)Math.Min(Varint(), int.MaxValue));
        _left = Count = (int)Math.Min(Varint(), int.MaxValue);
        if (_miniblocks is < 1 or > 1 << 12 || _blockSize < 1 || _blockSize > 1 << 20 || _blockSize % _miniblocks != 0 ||
            _blockSize / _miniblocks % 8 != 0)
            throw Damaged();
        _last = Signed();
    }

    /// <summary>How many integers there are.</summary>
    public int Count { get; }

    /// <summary>Bytes up to the end of what was read.</summary>
    public int Position { get; private set; }

    /// <summary>The next integer.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public long Next()
    {
        if (_left-- <= 0) throw Damaged();
        if (_isFirst)
        {
            _isFirst = false;
            return _last;
        }

        if (_leftInBlock == 0) NextBlock();
        if (_leftInMiniblock == 0) NextMiniblock();
        _leftInBlock--;
        _leftInMiniblock--;
        return _last = unchecked(_last + _least + (long)Packed(_widths[_miniblock - 1]));
    }

    private void NextBlock()
    {
        _least = Signed();
        _widths = Take(_miniblocks);
        _miniblock = 0;
        _leftInBlock = _blockSize;
        _leftInMiniblock = 0;
    }

    private void NextMiniblock()
    {
        int width = _widths[_miniblock++];
        if (width > 64) throw Damaged();
        int size = _blockSize / _miniblocks;
        // The last one may be cut short.
        _packed = Take(Math.Min(size / 8 * width, _bytes.Length - Position));
        _bit = 0;
        _leftInMiniblock = size;
    }

    private ulong Packed(int width)
    {
        if (_bit + width > 8 * _packed.Length) throw Damaged();
        ulong value = 0;
        for (int got = 0; got < width;)
        {
            int shift = _bit & 7, bits = Math.Min(8 - shift, width - got);
            value |= (ulong)(_packed[_bit >> 3] >> shift & ((1 << bits) - 1)) << got;
            got += bits;
            _bit += bits;
        }

        return value;
    }

    private long Signed() => Varint() is var value ? (long)(value >> 1) ^ -(long)(value & 1) : 0;

    private ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte next = Take(1)[0];
            value |= (ulong)(next & 127) << shift;
            if (next < 128) return value;
        }

        throw Damaged();
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _bytes.Length - Position) throw Damaged();
        ReadOnlySpan<byte> taken = _bytes.Slice(Position, count);
        Position += count;
        return taken;
    }

    private static InvalidDataException Damaged() => new("Differences are damaged.");
}
