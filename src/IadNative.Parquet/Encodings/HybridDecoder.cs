using System.Buffers.Binary;

namespace IadNative.Parquet.Encodings;

/// <summary>
/// Small numbers in runs: of one number repeated, or of eights of numbers packed into so many bits each. Which cells are there, and
/// which value of the dictionary each has, is written so.
/// </summary>
internal sealed class HybridDecoder
{
    private byte[] _bytes = [];
    private int _position;
    private int _end;
    private int _width;
    private int _left;
    private bool _isRepeated;
    private int _value;
    private long _bit;

    /// <summary>Begins anew.</summary>
    /// <param name="bytes">Where the runs are; they must stay as long as they are read.</param>
    /// <param name="start">The first byte.</param>
    /// <param name="length">How many.</param>
    /// <param name="width">Bits of a number, 0 to 32.</param>
    /// <exception cref="InvalidDataException">There is no such place or width.</exception>
    public void Start(byte[] bytes, int start, int length, int width)
    {
        if (length < 0 || length > bytes.Length - start || width is < 0 or > 32) throw Damaged();
        (_bytes, _position, _end, _width, _left) = (bytes, start, start + length, width, 0);
    }

    /// <summary>The next number and those after it that are known to be the same.</summary>
    /// <param name="most">No more than these, at least 1.</param>
    /// <param name="value">The number.</param>
    /// <returns>How many, at least 1.</returns>
    /// <exception cref="InvalidDataException">There are no more.</exception>
    public int Run(int most, out int value)
    {
        if (_left == 0) NextRun();
        if (_isRepeated)
        {
            value = _value;
            int run = Math.Min(_left, most);
            _left -= run;
            return run;
        }

        value = Packed();
        int same = 1;
        // Where nearly all cells are there, it is said eight by eight.
        for (; same < most && _left > 0 && Peek() == value; same++) Packed();
        return same;
    }

    /// <summary>The next numbers.</summary>
    public void Read(Span<int> numbers)
    {
        while (!numbers.IsEmpty)
        {
            if (_left == 0) NextRun();
            int run = Math.Min(_left, numbers.Length);
            if (_isRepeated)
            {
                numbers[..run].Fill(_value);
                _left -= run;
            }
            else
            {
                for (int i = 0; i < run; i++) numbers[i] = Packed();
            }

            numbers = numbers[run..];
        }
    }

    /// <summary>The next numbers, as many as there are of those asked for.</summary>
    /// <returns>How many.</returns>
    public int ReadUpTo(Span<int> numbers)
    {
        int read = 0;
        while (read < numbers.Length && (_left > 0 || _position < _end))
        {
            if (_left == 0) NextRun();
            int run = Math.Min(_left, numbers.Length - read);
            Read(numbers.Slice(read, run));
            read += run;
        }

        return read;
    }

    private void NextRun()
    {
        // Numbers of no bits may be left unsaid.
        if (_width == 0 && _position == _end)
        {
            (_isRepeated, _value, _left) = (true, 0, int.MaxValue);
            return;
        }

        uint head = 0;
        for (int shift = 0; ; shift += 7)
        {
            if (_position == _end || shift > 28) throw Damaged();
            byte next = _bytes[_position++];
            head |= (uint)(next & 127) << shift;
            if (next < 128) break;
        }

        _isRepeated = (head & 1) == 0;
        int width = (_width + 7) / 8;
        long count = head >> 1;
        if (_isRepeated)
        {
            if (width > _end - _position) throw Damaged();
            Span<byte> value = stackalloc byte[4];
            value.Clear();
            _bytes.AsSpan(_position, width).CopyTo(value);
            _position += width;
            _value = BinaryPrimitives.ReadInt32LittleEndian(value);
            if (_width < 32 && (uint)_value >> _width != 0) throw Damaged();
        }
        else
        {
            // The last eights may be cut short.
            _bit = 8L * _position;
            long bytes = Math.Min(count * _width, _end - _position);
            count = _width == 0 ? 8 * count : Math.Min(8 * count, 8 * bytes / _width);
            _position += (int)bytes;
        }

        if (count is 0 or > int.MaxValue) throw Damaged();
        _left = (int)count;
    }

    private int Packed()
    {
        int value = Peek();
        _bit += _width;
        _left--;
        return value;
    }

    private int Peek()
    {
        int at = (int)(_bit >> 3);
        ulong word = at + 8 <= _bytes.Length ? BinaryPrimitives.ReadUInt64LittleEndian(_bytes.AsSpan(at, 8)) : Tail(at);
        return (int)(word >> (int)(_bit & 7) & ((1ul << _width) - 1));
    }

    private ulong Tail(int at)
    {
        ulong word = 0;
        for (int i = 0; i < 8 && at + i < _bytes.Length; i++) word |= (ulong)_bytes[at + i] << (8 * i);
        return word;
    }

    private static InvalidDataException Damaged() => new("Runs are damaged.");
}
