using System.Buffers.Binary;
using IadNative.Parquet.Encodings;
using IadNative.Parquet.Metadata;
using IadNative.Parquet.Pages;

namespace IadNative.Parquet.Columns;

/// <summary>
/// The cells of one column of a Parquet file, page by page: which of them are there, and, for those, a plain value or the number of
/// one in the group's dictionary.
/// </summary>
internal sealed class ParquetCells : ColumnCells
{
    private readonly PageSource _source;
    private readonly MemoryBudget _budget;
    private readonly SchemaElement _element;
    private readonly string _column;
    private readonly ParquetValues _values;
    private readonly PlainValues _rewritten;
    private readonly HybridDecoder _presence = new();
    private readonly HybridDecoder _numbers = new();
    private byte[] _page = [];
    private int[] _indices = [];
    private double[] _dictionaryNumbers = [];
    private byte[] _dictionaryBytes = [];
    private string[]? _dictionaryTexts;
    private int _dictionaryLength;
    private bool _hasNumbers;
    private ColumnChunk _chunk = null!;
    private long _offset;
    private long _cellsLeft;
    private int _cellsInPage;
    private ArraySegment<byte> _plain;
    private bool _isNumbered;

    /// <param name="source">The file's pages.</param>
    /// <param name="budget">What buffers may take.</param>
    /// <param name="element">What the schema says of the column.</param>
    /// <param name="column">Its name for messages.</param>
    public ParquetCells(PageSource source, MemoryBudget budget, SchemaElement element, string column)
    {
        (_source, _budget, _element, _column) = (source, budget, element, column);
        _values = new ParquetValues(element);
        _rewritten = new PlainValues(budget);
    }

    /// <summary>Goes on with the column's chunk of the next group of rows.</summary>
    public void Start(ColumnChunk chunk)
    {
        (_chunk, _offset, _cellsLeft, _cellsInPage, _dictionaryLength) = (chunk, chunk.Offset, chunk.Values, 0, -1);
        (_dictionaryTexts, _hasNumbers) = (null, false);
    }

    /// <inheritdoc/>
    public override void ReadNumbers(Span<double> destination)
    {
        while (!destination.IsEmpty)
        {
            int run = NextRun(destination.Length, out bool isPresent);
            if (isPresent) Decode(destination[..run]);
            else destination[..run].Fill(double.NaN);
            destination = destination[run..];
        }
    }

    /// <inheritdoc/>
    public override void ReadTexts(Span<string?> destination)
    {
        while (!destination.IsEmpty)
        {
            int run = NextRun(destination.Length, out bool isPresent);
            if (isPresent) Decode(destination[..run]);
            else destination[..run].Clear();
            destination = destination[run..];
        }
    }

    private int NextRun(int most, out bool isPresent)
    {
        while (_cellsInPage == 0) NextPage();
        most = Math.Min(most, _cellsInPage);
        isPresent = true;
        if (_element.IsOptional)
        {
            try
            {
                most = _presence.Run(most, out int level);
                isPresent = level == 1;
            }
            catch (InvalidDataException e)
            {
                throw Damaged(e);
            }
        }

        _cellsInPage -= most;
        return most;
    }

    private void Decode(Span<double> numbers)
    {
        try
        {
            if (!_isNumbered)
            {
                _plain = _plain[_values.ReadNumbers(_plain, numbers)..];
                return;
            }

            if (!_hasNumbers)
            {
                _budget.Reserve(ref _dictionaryNumbers, _dictionaryLength);
                _values.ReadNumbers(_dictionaryBytes, _dictionaryNumbers.AsSpan(0, _dictionaryLength));
                _hasNumbers = true;
            }

            ReadOnlySpan<int> indices = Indices(numbers.Length);
            for (int i = 0; i < numbers.Length; i++) numbers[i] = _dictionaryNumbers[indices[i]];
        }
        catch (InvalidDataException e)
        {
            throw Damaged(e);
        }
    }

    private void Decode(Span<string?> texts)
    {
        try
        {
            if (!_isNumbered)
            {
                for (int i = 0; i < texts.Length; i++) _plain = _plain[_values.ReadText(_plain, out texts[i]!)..];
                return;
            }

            if (_dictionaryTexts is null)
            {
                _dictionaryTexts = new string[_dictionaryLength];
                int used = 0;
                for (int i = 0; i < _dictionaryLength; i++)
                    used += _values.ReadText(_dictionaryBytes.AsSpan(used), out _dictionaryTexts[i]);
            }

            ReadOnlySpan<int> indices = Indices(texts.Length);
            for (int i = 0; i < texts.Length; i++) texts[i] = _dictionaryTexts[indices[i]];
        }
        catch (InvalidDataException e)
        {
            throw Damaged(e);
        }
    }

    private ReadOnlySpan<int> Indices(int count)
    {
        _budget.Reserve(ref _indices, count);
        Span<int> indices = _indices.AsSpan(0, count);
        _numbers.Read(indices);
        return _dictionaryLength == 0 || indices.ContainsAnyExceptInRange(0, _dictionaryLength - 1)
            ? throw new InvalidDataException("A cell has a value that the dictionary does not.") : indices;
    }

    private void NextPage()
    {
        if (_cellsLeft == 0) throw _source.Error(_column, _offset, "pages hold fewer cells than the group has rows");
        PageHeader header = _source.ReadHeader(ref _offset, _column);
        long place = _offset;
        _offset += header.PackedBytes;
        switch (header.Kind)
        {
            case PageKind.Index:
                return;
            case PageKind.Dictionary:
                ReadDictionary(header, place);
                return;
            case PageKind.Data or PageKind.DataVersion2:
                if (header.Values > _cellsLeft) throw _source.Error(_column, place, "a page holds more cells than its group");
                _source.Read(header, _chunk.Codec, place, ref _page, _column);
                break;
            default:
                throw _source.Error(_column, place, "a page is of no kind that is known");
        }

        _cellsLeft -= header.Values;
        _cellsInPage = header.Values;
        try
        {
            StartPage(header);
        }
        catch (InvalidDataException e)
        {
            throw Damaged(e);
        }
        catch (NotSupportedException e)
        {
            throw new DataFormatException(
                $"{_source.Name}: {_column} is {e.Message}, which cannot be read. Save it without choosing an encoding.", e);
        }
    }

    private void StartPage(PageHeader header)
    {
        int start = StartPresence(header);
        _isNumbered = header.Encoding is PageEncoding.Dictionary or PageEncoding.PlainDictionary;
        if (!_isNumbered)
        {
            _plain = _rewritten.Rewrite(_page, start, header.PlainBytes - start, header.Encoding, _element, header.Values);
            return;
        }

        if (_dictionaryLength < 0) throw new InvalidDataException("There is no dictionary.");
        // Where no cell of the page is there, there may be nothing.
        int width = start < header.PlainBytes ? _page[start++] : 0;
        _numbers.Start(_page, start, header.PlainBytes - start, width);
    }

    private int StartPresence(PageHeader header)
    {
        if (header.Kind == PageKind.DataVersion2)
        {
            if (header.RepetitionBytes != 0) throw new InvalidDataException("A cell holds several values.");
            if (_element.IsOptional) _presence.Start(_page, 0, header.PresenceBytes, 1);
            return header.PresenceBytes;
        }

        if (!_element.IsOptional) return 0;
        if (header.PresenceEncoding != PageEncoding.Runs)
            throw new NotSupportedException($"written with levels in encoding {(int)header.PresenceEncoding}");
        int length = header.PlainBytes >= 4 ? BinaryPrimitives.ReadInt32LittleEndian(_page) : -1;
        if (length < 0 || length > header.PlainBytes - 4) throw new InvalidDataException("Levels reach beyond their page.");
        _presence.Start(_page, 4, length, 1);
        return 4 + length;
    }

    private void ReadDictionary(PageHeader header, long place)
    {
        if (_dictionaryLength >= 0) throw _source.Error(_column, place, "a group has a second dictionary");
        if (header.Encoding is not (PageEncoding.Plain or PageEncoding.PlainDictionary) || _element.Physical == PhysicalType.Boolean)
            throw _source.Error(_column, place, "a dictionary is not plain");
        _source.Read(header, _chunk.Codec, place, ref _dictionaryBytes, _column);
        int width = PlainValues.WidthOf(_element);
        if ((long)header.Values * (width > 0 ? width : 4) > header.PlainBytes)
            throw _source.Error(_column, place, "a dictionary claims more values than it holds");
        _dictionaryLength = header.Values;
    }

    private DataFormatException Damaged(Exception cause) => _source.Error(_column, _offset, "a page is damaged", cause);
}
