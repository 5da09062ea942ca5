using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace IadNative.Data.Formats;

/// <summary>
/// Splits UTF-8 text into records and their cells. Separators, line ends and quotes are found 32 bytes at a time, and their places
/// kept in a list; records are made of that list. A cell that begins with a quote, spaces before it aside, ends with the next quote
/// that is not doubled; elsewhere quotes are text. Lines end with LF, CR LF or CR.
/// </summary>
internal sealed class CsvRecords
{
    private const int FirstBytes = 64 << 10;
    private const byte Quote = (byte)'"';

    private readonly Stream _text;
    private readonly string _file;
    private readonly ReaderLimits _limits;
    private readonly int[] _places = new int[4096];
    private byte[] _buffer = new byte[FirstBytes];
    private int _end;
    private int _scanned;
    private int _placesCount;
    private int _nextPlace;
    private bool _isAtEnd;

    // The record: where it begins in the buffer, and its cells by their first byte and the one behind their last, from there.
    private int _start;
    private int _length;
    private (int Start, int End)[] _cells = new (int, int)[16];
    private int _linesWithin;
    private bool _endsWithReturn;

    /// <summary>Splits a text from where it stands.</summary>
    /// <param name="text">UTF-8 without a mark; it is not disposed of here.</param>
    /// <param name="file">For messages.</param>
    /// <param name="limits">Bounds for a record's bytes and cells.</param>
    public CsvRecords(Stream text, string file, ReaderLimits limits)
    {
        _text = text;
        _file = file;
        _limits = limits;
    }

    /// <summary>What separates cells, an ASCII character.</summary>
    public byte Separator
    {
        get;
        set
        {
            field = value;
            // What was found ahead was found with another separator.
            _scanned = _start + _length;
            (_nextPlace, _placesCount) = (0, 0);
        }
    } = (byte)',';

    /// <summary>Lines that begin with it are passed over; null for none. To be set before the first record.</summary>
    public byte? Comment { get; set; }

    /// <summary>Cells of the record.</summary>
    public int Count { get; private set; }

    /// <summary>The line on which the record begins, from 1.</summary>
    public long Line { get; private set; }

    /// <summary>Which record it is, from 1, with headers and empty lines.</summary>
    public long Number { get; private set; }

    /// <summary>Whether the record is an empty line.</summary>
    public bool IsBlank => Count == 1 && !this[0].ContainsAnyExcept((byte)' ', (byte)'\t');

    /// <summary>A cell of the record, unquoted, which is valid until the next one.</summary>
    public ReadOnlySpan<byte> this[int cell]
    {
        get
        {
            (int start, int end) = _cells[cell];
            return _buffer.AsSpan(_start + start, end - start);
        }
    }

    /// <summary>What comes next, at least so many bytes unless the text ends before. To be called before the first record.</summary>
    public ReadOnlySpan<byte> Ahead(int bytes)
    {
        int from = _start + _length;
        while (_end - from < bytes && !_isAtEnd)
        {
            Fetch();
            from = _start + _length;
        }

        return _buffer.AsSpan(from, _end - from);
    }

    /// <summary>Passes over bytes. To be called before the first record.</summary>
    public void Skip(int bytes)
    {
        _start += bytes;
        _scanned = _start;
    }

    /// <summary>Reads the next line as one cell, whatever is in it.</summary>
    public bool ReadLine()
    {
        if (!Begin()) return false;
        int end;
        while ((end = NextPlace()) >= 0 && ByteAt(end) is not ((byte)'\n' or (byte)'\r'))
        {
        }

        int length = end < 0 ? _end - _start : end;
        AddCell(0, length);
        End(length, end);
        return true;
    }

    /// <summary>Reads the next record.</summary>
    /// <returns>False at the end of the text.</returns>
    /// <exception cref="DataFormatException">Its quotes make no sense, or it is beyond the limits.</exception>
    public bool Read()
    {
        do
        {
            if (!Begin()) return false;
        }
        while (IsComment() && PassLine());

        int cell = 0;
        while (true)
        {
            int place = NextPlace();
            if (place < 0)
            {
                AddCell(cell, _end - _start);
                End(_end - _start, place);
                return true;
            }

            byte found = ByteAt(place);
            if (found == Quote)
            {
                if (!IsSpace(cell, place)) continue;
                place = ReadQuoted(place);
                if (place < 0)
                {
                    End(_end - _start, place);
                    return true;
                }

                found = ByteAt(place);
            }
            else
            {
                AddCell(cell, place);
            }

            if (found != Separator)
            {
                End(place, place);
                return true;
            }

            cell = place + 1;
        }
    }

    // Moves on to where the next record begins; false where none does.
    private bool Begin()
    {
        _start += _length;
        _length = 0;
        if (_endsWithReturn && (_start < _end || Fetch()) && _buffer[_start] == '\n')
        {
            if (_nextPlace < _placesCount && _places[_nextPlace] == _start) _nextPlace++;
            _start++;
            _scanned = Math.Max(_scanned, _start);
        }

        _endsWithReturn = false;
        Line += 1 + _linesWithin;
        _linesWithin = 0;
        Count = 0;
        if (_start == _end && !Fetch()) return false;
        Number++;
        return true;
    }

    private void End(int length, int place)
    {
        if (length > _limits.CsvRowCharacters) throw TooLong();
        _endsWithReturn = place >= 0 && ByteAt(place) == '\r';
        _length = place < 0 ? length : length + 1;
    }

    private bool IsComment() => Comment is { } comment && _buffer[_start] == comment;

    private bool PassLine()
    {
        int place;
        while ((place = NextPlace()) >= 0 && ByteAt(place) is not ((byte)'\n' or (byte)'\r'))
        {
        }

        End(place < 0 ? _end - _start : place, place);
        return true;
    }

    // Reads a cell whose opening quote is given, and returns the place behind it: a separator, a line end, or -1.
    private int ReadQuoted(int open)
    {
        bool hasDoubled = false;
        int close;
        while (true)
        {
            close = NextPlace();
            if (close < 0) throw Error("a quote is never closed");
            byte found = ByteAt(close);
            if (found == '\n' || (found == '\r' && !Follows(close, (byte)'\n'))) _linesWithin++;
            if (found != Quote) continue;
            if (!Follows(close, Quote)) break;
            NextPlace();
            hasDoubled = true;
        }

        int next = NextPlace();
        int end = next < 0 ? _end - _start : next;
        if ((next >= 0 && ByteAt(next) == Quote) || !IsSpace(close + 1, end)) throw Error("text follows a closing quote");
        AddCell(open + 1, hasDoubled ? Undouble(open + 1, close) : close);
        return next;
    }

    private bool Follows(int place, byte expected)
    {
        if (_start + place + 1 == _end && !Fetch()) return false;
        return _buffer[_start + place + 1] == expected;
    }

    // Takes away one of two quotes, in place.
    private int Undouble(int start, int end)
    {
        int to = start;
        for (int from = start; from < end; from++)
        {
            byte value = _buffer[_start + from];
            _buffer[_start + to++] = value;
            if (value == Quote) from++;
        }

        return to;
    }

    private bool IsSpace(int start, int end) => !_buffer.AsSpan(_start + start, end - start).ContainsAnyExcept((byte)' ', (byte)'\t');

    private byte ByteAt(int place) => _buffer[_start + place];

    private void AddCell(int start, int end)
    {
        if (Count == _cells.Length)
        {
            if (Count >= _limits.CsvColumns) throw TooWide();
            Array.Resize(ref _cells, 2 * Count);
        }

        if (Count >= _limits.CsvColumns) throw TooWide();
        _cells[Count++] = (start, end);
    }

    // The next separator, line end or quote of the record, counted from its beginning; -1 at the end of the text.
    private int NextPlace()
    {
        while (_nextPlace == _placesCount)
        {
            if (_scanned < _end) Scan();
            else if (!Fetch()) return -1;
        }

        return _places[_nextPlace++] - _start;
    }

    private bool Fetch()
    {
        if (_isAtEnd) return false;
        if (_start > 0 && _nextPlace == _placesCount)
        {
            int kept = _end - _start;
            _buffer.AsSpan(_start, kept).CopyTo(_buffer);
            (_scanned, _end, _start) = (_scanned - _start, kept, 0);
        }

        if (_end - _start > _limits.CsvRowCharacters + FirstBytes) throw TooLong();
        if (_end == _buffer.Length) Array.Resize(ref _buffer, 2 * _buffer.Length);
        int got = _text.Read(_buffer.AsSpan(_end));
        _end += got;
        _isAtEnd = got == 0;
        return got > 0;
    }

    private void Scan()
    {
        (_nextPlace, _placesCount) = (0, 0);
        ref byte buffer = ref MemoryMarshal.GetArrayDataReference(_buffer);
        var separator = Vector256.Create(Separator);
        var quote = Vector256.Create(Quote);
        var feed = Vector256.Create((byte)'\n');
        var carriage = Vector256.Create((byte)'\r');
        int[] places = _places;
        int at = _scanned, count = 0, end = _end;
        for (; at + Vector256<byte>.Count <= end && count + Vector256<byte>.Count <= places.Length; at += Vector256<byte>.Count)
        {
            var bytes = Vector256.LoadUnsafe(ref buffer, (nuint)at);
            Vector256<byte> found = Vector256.Equals(bytes, separator) | Vector256.Equals(bytes, quote)
                | Vector256.Equals(bytes, feed) | Vector256.Equals(bytes, carriage);
            for (uint mask = found.ExtractMostSignificantBits(); mask != 0; mask &= mask - 1)
                places[count++] = at + BitOperations.TrailingZeroCount(mask);
        }

        if (at + Vector256<byte>.Count > end)
        {
            for (; at < end && count < places.Length; at++)
            {
                byte value = _buffer[at];
                if (value == Separator || value is Quote or (byte)'\n' or (byte)'\r') places[count++] = at;
            }
        }

        _placesCount = count;
        _scanned = at;
    }

    private DataFormatException TooLong() => new($"{_file}: a row is longer than {_limits.CsvRowCharacters} bytes, for example because " +
        "of a quote that is never closed. Check the file's line ends and quotes.");

    private DataFormatException TooWide() =>
        new($"{_file}: a row has more than {_limits.CsvColumns} cells. Check the file's line ends and separator.");

    private DataFormatException Error(string what) => _end - _start > _limits.CsvRowCharacters
        ? TooLong()
        : new($"{_file}: row {Number} of the file (line {Line}; a header counts) is no CSV: {what}. Correct the quotes in that row.");
}
