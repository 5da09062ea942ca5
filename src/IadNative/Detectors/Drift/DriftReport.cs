namespace IadNative;

/// <summary>How far data have moved since a detector was trained.</summary>
/// <param name="Rows">n: rows that were compared.</param>
/// <param name="Scores">Their scores.</param>
/// <param name="Columns">
/// Their columns, that which has moved farthest first: by the stability index, then in the order of a row. Of images it is their brightness and contrast. Empty for a model of
/// a version that did not keep what its columns were like.
/// </param>
public sealed record DriftReport(int Rows, DriftMeasure Scores, IReadOnlyList<ColumnDrift> Columns)
{
    /// <summary>
    /// Whether to fit again (<see cref="AnomalyDetector.Refit"/>): the scores have drifted, or a tenth of the columns, at least one. Either
    /// may move without the other: a detector need not see a shift, and one column in a hundred moves few scores.
    /// </summary>
    public bool ShouldRefit => Scores.HasDrifted || DriftedColumns * 10 >= Math.Max(1, Columns.Count);

    /// <summary>How many columns have drifted.</summary>
    public int DriftedColumns => Columns.Count(column => column.Measure.HasDrifted);
}

/// <summary>How far a column has moved.</summary>
/// <param name="Name">Its name in training.</param>
/// <param name="Kind">What its cells are.</param>
/// <param name="Measure">How far.</param>
public sealed record ColumnDrift(string Name, FeatureKind Kind, DriftMeasure Measure);
