using IadNative.Data;

namespace IadNative;

/// <summary>
/// What becomes of cells that are empty, no number, NaN or infinite (a number beyond float32 counts as infinite).
/// </summary>
public enum MissingValues
{
    /// <summary>The file is refused; the error lists the first such cells.</summary>
    Error,

    /// <summary>The cell takes the mean of its column's good cells.</summary>
    Mean,

    /// <summary>The whole row is left out; <see cref="Dataset.SourceRows"/> says which ones stayed.</summary>
    Drop,
}
