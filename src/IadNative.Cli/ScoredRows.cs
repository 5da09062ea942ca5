using IadNative.Data;
using IadNative.Data.Preparation;
using IadNative.Data.Reading;

namespace IadNative.Cli;

/// <summary>What is to be said of rows that were scored: how many are irregular and in what way, and how labels and verdicts agree.</summary>
/// <param name="detector">The detector.</param>
/// <param name="reader">The table, in the detector's columns.</param>
internal sealed class ScoredRows(AnomalyDetector detector, TableReader reader)
{
    /// <summary>Rows that a note names.</summary>
    private const int NamedRows = 5;

    private readonly Tally _notFinite = new(), _moved = new(), _unseen = new(), _filled = new();
    private readonly SortedSet<int> _movedColumns = [], _unseenColumns = [];

    // For each code of a label the rows that are called normal, and those called anomalies.
    private readonly Dictionary<int, (long Normal, long Anomaly)> _verdicts = [];

    /// <summary>Counts the rows of a block.</summary>
    /// <param name="block">The rows.</param>
    /// <param name="scores">Their scores.</param>
    public void Count(RowBlock block, ReadOnlySpan<float> scores)
    {
        for (int i = 0; i < scores.Length; i++) Count(block, i, scores[i]);
    }

    /// <summary>Adds what was counted of the rows that follow.</summary>
    public void Add(ScoredRows next)
    {
        _notFinite.Add(next._notFinite);
        _moved.Add(next._moved);
        _unseen.Add(next._unseen);
        _filled.Add(next._filled);
        _movedColumns.UnionWith(next._movedColumns);
        _unseenColumns.UnionWith(next._unseenColumns);
        foreach ((int code, (long normal, long anomaly)) in next._verdicts) AddVerdicts(code, normal, anomaly);
    }

    /// <summary>Begins anew.</summary>
    public void Clear()
    {
        foreach (Tally tally in (ReadOnlySpan<Tally>)[_notFinite, _moved, _unseen, _filled]) tally.Clear();
        _movedColumns.Clear();
        _unseenColumns.Clear();
        _verdicts.Clear();
    }

    /// <summary>What is to be said of the rows, a sentence or two each.</summary>
    public IEnumerable<string> Notes()
    {
        if (reader.DroppedRows > 0) yield return Invariant($"{reader.DroppedRows} row(s) with missing cells are left out.");
        if (_filled.Rows > 0)
        {
            yield return Invariant($"{_filled.Rows} row(s) have missing cells, filled with the {detector.Options.Imputation.ToShortName()} ")
                + $"of the training data: {_filled.Named}.";
        }

        if (_moved.Rows > 0)
        {
            yield return Invariant($"{_moved.Rows} row(s) have another value in a column that was constant in training, which the score does ")
                + $"not see: {_moved.Named}; {Columns(_movedColumns)}.";
        }

        if (_unseen.Rows > 0)
        {
            yield return Invariant($"{_unseen.Rows} row(s) have a level that training has not seen: {_unseen.Named}; ")
                + $"{Columns(_unseenColumns)}.";
        }

        if (_notFinite.Rows > 0)
        {
            yield return Invariant($"{_notFinite.Rows} row(s) have no finite score and are given {float.MaxValue:R}: {_notFinite.Named}. ")
                + "A feature there is not finite or lies very far from the training data.";
        }
    }

    /// <summary>Precision, recall and F1 at the threshold, where there are labels; else null.</summary>
    public string? Verdicts()
    {
        if (reader.Labels is not { } labels || !labels.TryMeanings(reader.Name, out bool[] meanings, out _)) return null;
        long flagged = 0, hits = 0, anomalies = 0;
        foreach ((int code, (long normal, long anomaly)) in _verdicts)
        {
            flagged += anomaly;
            if (!meanings[code]) continue;
            hits += anomaly;
            anomalies += normal + anomaly;
        }

        if (anomalies == 0) return "no row is labelled as an anomaly.";
        var quality = new ThresholdQuality(flagged, hits, anomalies);
        return $"at the threshold precision {Percent(quality.Precision)}, recall {Percent(quality.Recall)}, F1 {Percent(quality.F1)} "
            + Invariant($"({hits} of {anomalies} anomalies found, {flagged - hits} false alarms).");

        static string Percent(double? share) => share is null ? "-" : $"{FitDescription.Percent(share)}%";
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    private string Columns(SortedSet<int> columns) => $"{(columns.Count == 1 ? "column" : "columns")} "
        + ColumnName.List([.. columns.Select(column => detector.FeatureNames[column])]);

    private void Count(RowBlock block, int row, float score)
    {
        long number = block.SourceRows[row] + 1;
        if (score == float.MaxValue) _notFinite.Add(number);
        if (reader.Labels is not null)
        {
            bool isAnomaly = detector.IsAnomaly(score);
            AddVerdicts(block.Labels[row], isAnomaly ? 0 : 1, isAnomaly ? 1 : 0);
        }

        RowIrregularities flags = detector.Irregularities(block.Row(row));
        if (flags == RowIrregularities.None) return;
        if (flags.HasFlag(RowIrregularities.Missing) && detector.Options.Imputation != Imputation.None) _filled.Add(number);
        if (flags.HasFlag(RowIrregularities.MovedConstant)) _moved.Add(number);
        if (flags.HasFlag(RowIrregularities.UnseenLevel)) _unseen.Add(number);
        for (int column = 0; column < detector.Features; column++)
        {
            RowIrregularities own = detector.Content.Preparation.Columns[column].IrregularitiesOf(block.Row(row)[column]);
            if (own == RowIrregularities.MovedConstant) _movedColumns.Add(column);
            if (own == RowIrregularities.UnseenLevel) _unseenColumns.Add(column);
        }
    }

    private void AddVerdicts(int code, long normal, long anomaly)
    {
        (long normals, long anomalies) = _verdicts.GetValueOrDefault(code);
        _verdicts[code] = (normals + normal, anomalies + anomaly);
    }

    /// <summary>Rows of one kind: how many, and the first few of them.</summary>
    private sealed class Tally
    {
        private readonly List<long> _first = [];

        public long Rows { get; private set; }

        public string Named => "row " + string.Join(", ", _first) + (Rows > _first.Count ? ", ..." : "");

        public void Add(long row)
        {
            Rows++;
            if (_first.Count < NamedRows) _first.Add(row);
        }

        public void Add(Tally next)
        {
            Rows += next.Rows;
            _first.AddRange(next._first.Take(NamedRows - _first.Count));
        }

        public void Clear()
        {
            Rows = 0;
            _first.Clear();
        }
    }
}
