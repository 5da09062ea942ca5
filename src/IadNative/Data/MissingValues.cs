using IadNative.Data;

namespace IadNative;

/// <summary>
/// What becomes of missing cells: those that are empty or hold NA, N/A, NaN, null or ?, in any case, or one of
/// <see cref="DatasetReadOptions.MissingTokens"/>. Nothing else is missing: a cell with other text, or a number that is infinite or
/// beyond float32, is refused whatever this says.
/// </summary>
public enum MissingValues
{
    /// <summary>The file is refused; the error lists the first such cells.</summary>
    Error,

    /// <summary>The cell stays missing, as NaN; what is fitted to the data fills it.</summary>
    Keep,

    /// <summary>The whole row is left out; <see cref="Dataset.SourceRows"/> says which ones stayed.</summary>
    Drop,
}
