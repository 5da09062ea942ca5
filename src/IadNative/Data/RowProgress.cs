namespace IadNative.Data;

/// <summary>How far the rows of a table have come.</summary>
/// <param name="Stage">What is done with them.</param>
/// <param name="Rows">Rows that were read; of the other stages all of the table.</param>
/// <param name="Fraction">Finished part of the stage, 0 to 1; null where nobody knows how much there is.</param>
internal readonly record struct RowProgress(RowStage Stage, long Rows, double? Fraction);
