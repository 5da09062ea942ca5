namespace IadNative.Data.Reading;

/// <summary>Where the cells of a table are gathered, block by block, until all are there.</summary>
internal interface ICellStore : IDisposable
{
    /// <summary>Rows so far.</summary>
    long Rows { get; }

    /// <summary>Bytes of the float64 numbers that are kept beside the float32 ones.</summary>
    long WideBytes { get; }

    /// <summary>Takes the rows of a block.</summary>
    /// <exception cref="IOException">A disk is full, or fails.</exception>
    void Add(RowBlock block);

    /// <summary>The cells of all rows; what was gathered is theirs then, or gone.</summary>
    /// <param name="passes">Is told where rows are gone through once more; null for nobody.</param>
    /// <exception cref="IOException">A disk is full, or fails.</exception>
    TableValues Take(RowPasses? passes);
}
