using System.Globalization;
using System.Text;
using IadNative.Data;
using IadNative.Data.Preparation;
using IadNative.Data.Reading;

namespace IadNative.Cli;

/// <summary>Scores a table block by block, in memory that does not depend on its length, and counts what is to be said of its rows.</summary>
/// <param name="detector">The detector.</param>
/// <param name="reader">The table, in the detector's columns.</param>
/// <param name="explanation">What is written of what each feature adds to the score.</param>
/// <param name="csv">How texts are written.</param>
internal sealed class ScoreStream(AnomalyDetector detector, TableReader reader, Explanation explanation, CsvText csv)
{
    /// <summary>Rows that a note names.</summary>
    private const int NamedRows = 5;

    private readonly Tally _notFinite = new(), _moved = new(), _unseen = new(), _filled = new();
    private readonly SortedSet<int> _movedColumns = [], _unseenColumns = [];

    // For each code of a label the rows that are called normal, and those called anomalies.
    private readonly Dictionary<int, (long Normal, long Anomaly)> _verdicts = [];

    /// <summary>Scores all rows.</summary>
    /// <param name="writer">Receives the CSV.</param>
    /// <param name="report">Is told how far it is.</param>
    /// <param name="cancellationToken">Stops between two blocks.</param>
    /// <returns>How many rows there were.</returns>
    public long Run(TextWriter writer, Action<ProgressStep> report, CancellationToken cancellationToken)
    {
        var block = new RowBlock(detector.Features);
        float[] scores = new float[block.Capacity];
        float[] contributions = explanation.IsAsked ? new float[block.Capacity * detector.Features] : [];
        var lines = new StringBuilder();
        AppendHeader(lines);
        long rows = 0;
        while (reader.Read(block))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Span<float> filled = scores.AsSpan(0, block.Rows);
            detector.Score(block.Filled, filled);
            if (explanation.IsAsked) detector.Explain(block.Filled, contributions.AsSpan(0, block.Filled.Length));
            for (int i = 0; i < block.Rows; i++)
            {
                Count(block, i, filled[i]);
                AppendLine(lines, block, i, filled[i], explanation.IsAsked ? contributions.AsSpan(i * detector.Features, detector.Features) : []);
            }

            rows += block.Rows;
            Write(writer, lines);
            report(new ProgressStep(reader.Content?.Fraction ?? 0,
                string.Create(CultureInfo.InvariantCulture, $"scoring {reader.Name}, {rows} rows"), Milestone: true));
        }

        Write(writer, lines); // the header of an empty table
        return rows;
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

    private static void Write(TextWriter writer, StringBuilder lines)
    {
        writer.Write(lines);
        lines.Clear();
    }

    private string Columns(SortedSet<int> columns) => $"{(columns.Count == 1 ? "column" : "columns")} "
        + ColumnName.List([.. columns.Select(column => detector.FeatureNames[column])]);

    private void AppendHeader(StringBuilder lines)
    {
        lines.Append("row");
        if (reader.HasIds) lines.Append(",id");
        lines.Append(",score,percentile,p_value,label");
        if (explanation.Top is not null) lines.Append(",explanation");
        if (explanation.IsFull)
        {
            foreach (string name in detector.FeatureNames) lines.Append(',').Append(csv.Name(name));
        }

        lines.Append('\n');
    }

    private void AppendLine(StringBuilder lines, RowBlock block, int row, float score, ReadOnlySpan<float> contributions)
    {
        lines.Append(CultureInfo.InvariantCulture, $"{block.SourceRows[row] + 1}");
        if (reader.HasIds) lines.Append(',').Append(csv.Value(block.Ids[row]));
        lines.Append(CultureInfo.InvariantCulture,
            $",{score:R},{detector.Percentile(score):R},{detector.PValue(score):R},{(detector.IsAnomaly(score) ? "anomaly" : "normal")}");
        if (explanation.Top is { } top) lines.Append(',').Append(csv.Name(Largest(contributions, top)));
        if (explanation.IsFull)
        {
            foreach (float contribution in contributions) lines.Append(CultureInfo.InvariantCulture, $",{contribution:R}");
        }

        lines.Append('\n');
    }

    // The features that add most, in descending order; of equal ones those first that come first.
    private string Largest(ReadOnlySpan<float> contributions, int top)
    {
        int[] order = [.. Enumerable.Range(0, contributions.Length)];
        float[] keys = contributions.ToArray();
        Array.Sort(order, (a, b) => keys[a] == keys[b] ? a.CompareTo(b) : keys[b].CompareTo(keys[a]));
        return string.Join("; ", order.Take(top).Select(column => Invariant($"{detector.FeatureNames[column]} {keys[column]:G4}")));
    }

    private void Count(RowBlock block, int row, float score)
    {
        long number = block.SourceRows[row] + 1;
        if (score == float.MaxValue) _notFinite.Add(number);
        if (reader.Labels is not null)
        {
            (long normal, long anomaly) = _verdicts.GetValueOrDefault(block.Labels[row]);
            _verdicts[block.Labels[row]] = detector.IsAnomaly(score) ? (normal, anomaly + 1) : (normal + 1, anomaly);
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
    }
}
