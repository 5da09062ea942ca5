namespace IadNative.Data.Formats;

/// <summary>Numbers in memory as a file stores them, in pieces that were taken as the bytes arrived.</summary>
internal sealed class StoredNumbers
{
    private const int PieceBytes = 256 << 10;

    private readonly NumberFormat _format;
    private readonly List<byte[]> _pieces = [];
    private readonly byte[] _copy = new byte[4096];

    private StoredNumbers(NumberFormat format, long count) => (_format, Count) = (format, count);

    /// <summary>How many there are.</summary>
    public long Count { get; }

    /// <summary>Takes numbers from a content; no memory is taken for numbers that do not come.</summary>
    /// <exception cref="DataFormatException">There are fewer.</exception>
    public static StoredNumbers Load(ContentStream content, NumberFormat format, long count, string what)
    {
        CheckLength(content, format, count, what);
        content.Memory?.Keep(count * format.Size);
        var numbers = new StoredNumbers(format, count);
        for (long left = count * format.Size; left > 0; left -= PieceBytes)
        {
            byte[] piece = new byte[Math.Min(left, PieceBytes)];
            content.Fill(piece, what);
            numbers._pieces.Add(piece);
        }

        return numbers;
    }

    /// <summary>Refuses an array that is longer than what is known to follow.</summary>
    /// <exception cref="DataFormatException">It is.</exception>
    public static void CheckLength(ContentStream content, NumberFormat format, long count, string what)
    {
        if (content.Remaining < count * format.Size)
            throw content.Error($"{what} announces {count} values ({count * format.Size} bytes), but only {content.Remaining} " +
                "bytes follow; the file is cut short or its header is wrong. Copy or save it again");
    }

    /// <summary>Copies some of them.</summary>
    /// <param name="start">The first.</param>
    /// <param name="values">Receives it and those behind it.</param>
    public void CopyTo(long start, Span<double> values)
    {
        while (values.Length > 0)
        {
            long at = start * _format.Size;
            int within = (int)(at % PieceBytes);
            byte[] piece = _pieces[(int)(at / PieceBytes)];
            int bytes = Math.Min(Math.Min(_copy.Length, piece.Length - within), values.Length * _format.Size);
            piece.AsSpan(within, bytes).CopyTo(_copy);
            int count = bytes / _format.Size;
            _format.Decode(_copy.AsSpan(0, bytes), values[..count]);
            start += count;
            values = values[count..];
        }
    }

    /// <summary>All of them.</summary>
    public double[] ToArray()
    {
        double[] values = new double[Count];
        CopyTo(0, values);
        return values;
    }
}
