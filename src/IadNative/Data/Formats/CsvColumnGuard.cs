namespace IadNative.Data.Formats;

/// <summary>
/// Passes text on to the CSV parser, and stops it where a line has more cells than any table: the parser's time grows with
/// the square of a row's cells, a second for 131072. Quotes are not looked at; a row of quoted line ends is bounded by
/// its characters alone.
/// </summary>
internal sealed class CsvColumnGuard(TextReader text, char separator, string file, ReaderLimits limits) : TextReader
{
    private long _separators;

    /// <inheritdoc/>
    /// <exception cref="DataFormatException">A line has too many cells.</exception>
    public override int Read(char[] buffer, int index, int count)
    {
        int got = text.Read(buffer, index, count);
        Span<char> chunk = buffer.AsSpan(index, got);
        int lineEnd = chunk.LastIndexOfAny('\n', '\r');
        _separators = lineEnd < 0 ? _separators + chunk.Count(separator) : chunk[(lineEnd + 1)..].Count(separator);
        if (_separators >= limits.CsvColumns)
            throw new DataFormatException($"{file}: a row has more than {limits.CsvColumns} cells. Check the file's line ends " +
                "and separator.");
        return got;
    }
}
