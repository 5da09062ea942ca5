namespace IadNative.Data;

/// <summary>What a format reader hands over: a table that may still have cells without a finite number.</summary>
/// <param name="Values">Row-major, <paramref name="Rows"/> x <paramref name="Columns"/>; bad cells are NaN or infinite.</param>
/// <param name="Rows">Number of samples.</param>
/// <param name="Columns">Number of features, without a label column.</param>
/// <param name="FeatureNames">One a column, or null where the file has none.</param>
/// <param name="Labels">One a row, or null.</param>
/// <param name="Bad">The bad cells.</param>
/// <param name="Image">How each row makes up an image, or null.</param>
/// <param name="Classes">The class of each row, or null.</param>
internal sealed record RawTable(float[] Values, int Rows, int Columns, string[]? FeatureNames, bool[]? Labels, BadCells Bad,
    ImageShape? Image = null, string[]? Classes = null);
