namespace IadNative.Extensions.Hosting;

/// <summary>What came of a row: its score, or why it has none.</summary>
public readonly record struct DetectorScore
{
    /// <summary>Whether the row was scored, or why it was not. All that follows holds for rows that were.</summary>
    public ScoreStatus Status { get; init; }

    /// <summary>
    /// The anomaly score; NaN for a row that was not scored, and <see cref="float.MaxValue"/> for one that lies too far out for a number.
    /// </summary>
    public float Score { get; init; }

    /// <summary>Where the score stands among the training scores, 0 to 100; NaN for a row that was not scored.</summary>
    public double Percentile { get; init; }

    /// <summary>Whether the score lies above the model's threshold; false for a row that was not scored.</summary>
    public bool IsAnomaly { get; init; }

    /// <summary>The first cell that is at fault, from 0; −1 where none is.</summary>
    public int Column { get; init; }

    /// <summary>What the row holds that training has not seen, such as another value of a feature that was constant.</summary>
    public RowIrregularities Irregularities { get; init; }

    internal static DetectorScore Refused(ScoreStatus status, int column = -1) =>
        new() { Status = status, Score = float.NaN, Percentile = double.NaN, Column = column };
}
