namespace IadNative.Parquet.Columns;

/// <summary>The cells of one column, from front to back: each call goes on where the one before ended.</summary>
internal abstract class ColumnCells
{
    /// <summary>The next cells as numbers; NaN where there is none.</summary>
    public abstract void ReadNumbers(Span<double> destination);

    /// <summary>The next cells as numbers, valid until the next call; NaN where there is none.</summary>
    /// <param name="buffer">As long as there are cells to read, for where they are nowhere yet.</param>
    public virtual ReadOnlySpan<double> NextNumbers(Span<double> buffer)
    {
        ReadNumbers(buffer);
        return buffer;
    }

    /// <summary>The next cells as text; null where there is none.</summary>
    public abstract void ReadTexts(Span<string?> destination);
}
