using System.Numerics;

namespace IadNative.Extensions.Hosting.Serving;

/// <summary>A model with what is looked for in rows before they are scored.</summary>
internal sealed class ServedModel(AnomalyDetector detector, DateTimeOffset loadedAt)
{
    private const int NotCategory = -1;

    private readonly bool _mayMiss = detector.Options.Imputation != Imputation.None;

    // How many levels each column has.
    private readonly int[] _levels = [.. detector.Columns.Select(column => column.Kind == FeatureKind.Category ? column.Levels.Count : NotCategory)];

    public AnomalyDetector Detector => detector;

    public DateTimeOffset LoadedAt => loadedAt;

    public DetectorScore Score(ReadOnlySpan<float> row) =>
        Check(row, out int column) is var fault and not ScoreStatus.Scored
            ? DetectorScore.Refused(fault, column)
            : Judge(detector.Score(row), detector.Irregularities(row));

    public DetectorScore Score(ReadOnlySpan<double> row) =>
        Check(row, out int column) is var fault and not ScoreStatus.Scored
            ? DetectorScore.Refused(fault, column)
            : Judge(detector.Score(row), detector.Irregularities(row));

    private DetectorScore Judge(float score, RowIrregularities irregularities) => new()
    {
        Status = ScoreStatus.Scored,
        Score = score,
        Percentile = detector.Percentile(score),
        IsAnomaly = detector.IsAnomaly(score),
        Column = -1,
        Irregularities = irregularities,
    };

    private ScoreStatus Check<T>(ReadOnlySpan<T> row, out int column)
        where T : IBinaryFloatingPointIeee754<T>
    {
        column = -1;
        if (row.Length != _levels.Length) return ScoreStatus.WrongLength;
        for (int i = 0; i < row.Length; i++)
        {
            ScoreStatus status = StatusOf(row[i], _levels[i]);
            if (status == ScoreStatus.Scored) continue;
            column = i;
            return status;
        }

        return ScoreStatus.Scored;
    }

    private ScoreStatus StatusOf<T>(T cell, int levels)
        where T : IBinaryFloatingPointIeee754<T>
    {
        if (T.IsNaN(cell)) return _mayMiss ? ScoreStatus.Scored : ScoreStatus.MissingCell;
        if (!T.IsFinite(cell)) return ScoreStatus.NotFinite;
        return levels == NotCategory || (cell >= T.Zero && cell < T.CreateSaturating(levels) && T.IsInteger(cell)) ? ScoreStatus.Scored : ScoreStatus.UnknownLevel;
    }
}
