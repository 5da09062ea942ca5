using IadNative.Data;

namespace IadNative;

/// <summary>How <see cref="DatasetReader"/> reads a file.</summary>
public sealed record DatasetReadOptions
{
    /// <summary>
    /// Where the labels are. In CSV: a column's name as in the header, or else its number, counted from 1 or, when
    /// negative, from the end (-1 is the last). In NPY: the column's number. In NPZ and MAT: the name of the array with one
    /// entry a row. Null means no labels in CSV and NPY, and the array <c>y</c>, if there is one, in NPZ and MAT.
    /// Labels are 0, false or normal, and 1, true, anomaly or outlier, in any case. Images have an array of labels only in NPZ
    /// and MAT; it holds classes, which are whole numbers (<see cref="Dataset.Classes"/>).
    /// </summary>
    public string? Label { get; init; }

    /// <summary>What becomes of cells without a finite number; labels may never be missing.</summary>
    public MissingValues Missing { get; init; } = MissingValues.Error;

    /// <summary>
    /// The column that names the samples: by its name or number, as <see cref="Label"/> gives it. It is no feature;
    /// <see cref="Dataset.Ids"/> has what it holds. Null for none.
    /// </summary>
    public string? Id { get; init; }
}
