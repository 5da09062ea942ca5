namespace IadNative.Data.Formats;

/// <summary>
/// What the reading of one source keeps in memory, bounded by the source's own bytes: so little data that becomes so much is damaged or
/// hostile, or says so with an option.
/// </summary>
/// <param name="name">The source, for messages.</param>
/// <param name="limits">The bounds.</param>
/// <param name="sourceBytes">The source's bytes: all of them or, where their number is not known, those read so far.</param>
internal sealed class MemoryUse(string name, ReaderLimits limits, Func<long> sourceBytes)
{
    private long _kept;

    /// <summary>The source's bytes: all of them or, where their number is not known, those read so far.</summary>
    public long SourceBytes => sourceBytes();

    /// <summary>Counts what is kept until the reading ends.</summary>
    /// <exception cref="DataFormatException">It is too much.</exception>
    public void Keep(long bytes)
    {
        Check(bytes);
        _kept += bytes;
    }

    /// <summary>Refuses a table that would take too much beside what is kept already.</summary>
    /// <param name="rows">Its rows.</param>
    /// <param name="columns">The values of a row.</param>
    /// <param name="others">Bytes beside the numbers, such as those of names.</param>
    /// <exception cref="DataFormatException">It is too much.</exception>
    public void CheckTable(long rows, long columns, long others = 0) => Check(
        ((Int128)rows * (columns * sizeof(float) + ReaderLimits.RowBytes)) + ((Int128)columns * ReaderLimits.ColumnBytes) + others);

    private void Check(Int128 more)
    {
        long source = SourceBytes;
        if (_kept + more > limits.MemoryFloor + ((Int128)limits.MemoryRatio * source))
        {
            throw new DataFormatException($"{name}: its {source} bytes become a table of more than {limits.MemoryFloor} bytes and "
                + $"{limits.MemoryRatio} times their number in memory. {ReaderLimits.Remedy}");
        }
    }
}
