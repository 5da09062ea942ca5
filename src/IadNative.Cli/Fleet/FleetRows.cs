using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using IadNative.Data;
using IadNative.Data.Reading;
using IadNative.Detectors;

namespace IadNative.Cli.Fleet;

/// <summary>
/// Some ten thousand rows that follow each other, and what becomes of them. They are more than a block, since rows of one part are scored together
/// and may be few among many.
/// </summary>
/// <param name="reader">Where they come from.</param>
/// <param name="only">The part of all rows; null where each says its own.</param>
internal sealed class FleetRows(TableReader reader, string? only)
{
    private const int MostBlocks = 16;

    // Cells of one item, where a block alone has no more.
    private const int MostCells = 1 << 21;

    // Rows that are scored at once, and their cells.
    private const int MostStretch = 1024, MostStretchCells = 1 << 18;

    private readonly RowBlock[] _blocks = [.. Enumerable.Range(0, BlocksOf(reader.Features.Count, only)).Select(_ => new RowBlock(reader.Features.Count))];
    private readonly Dictionary<string, List<int>> _parts = [];
    private readonly List<(string Reason, string Part, int Rows)> _unscored = [];
    private readonly Utf8Lines _lines = new();
    private readonly RepeatedNumbers _pValues = new();
    private readonly float[] _scores = new float[MostStretch];
    private IReadOnlyList<FeatureColumn> _columns = [];
    private double[] _cells = [];
    private Verdict[] _verdicts = [];
    private int _filled;

    /// <summary>How many rows there are.</summary>
    public int Rows { get; private set; }

    /// <summary>The share of the source that was read with them; null where that is not known.</summary>
    public double? Fraction { get; private set; }

    /// <summary>Their lines.</summary>
    public ReadOnlyMemory<byte> Written => _lines.Written;

    /// <summary>Parts that have no score, and how many rows of each.</summary>
    public IReadOnlyList<(string Reason, string Part, int Rows)> Unscored => _unscored;

    /// <summary>About what the rows take, in bytes, but for texts.</summary>
    /// <param name="columns">Features of a row.</param>
    /// <param name="only">The part of all rows; null where each says its own.</param>
    public static long BytesOf(int columns, string? only) =>
        ((long)BlocksOf(columns, only) * RowBlock.CapacityOf(columns) * ((columns * (long)sizeof(double)) + Unsafe.SizeOf<Verdict>()))
        + ((long)StretchOf(columns) * columns * sizeof(double));

    /// <summary>Reads the next rows.</summary>
    /// <param name="failure">What the source failed with behind some, which are to be scored first; null where it did not.</param>
    /// <returns>False where there are none.</returns>
    public bool Fill(out ExceptionDispatchInfo? failure)
    {
        (_filled, Rows, failure) = (0, 0, null);
        try
        {
            while (_filled < _blocks.Length && reader.Read(_blocks[_filled])) Rows += _blocks[_filled++].Rows;
        }
        catch (Exception exception) when (Rows > 0 && exception is not OperationCanceledException)
        {
            failure = ExceptionDispatchInfo.Capture(exception);
        }

        // The levels that are met later are not theirs.
        _columns = reader.Features;
        Fraction = reader.Fraction;
        return Rows > 0;
    }

    /// <summary>Scores the rows part by part, and writes their lines in their order.</summary>
    /// <exception cref="BadInputException">The data lack a column of a detector, or it cannot do with missing cells what is asked for.</exception>
    public void Score(FleetDetectors detectors, CsvText csv, int threads, CancellationToken cancellationToken)
    {
        if (_verdicts.Length < Rows) _verdicts = new Verdict[Rows];
        _unscored.Clear();
        GatherParts();
        foreach ((string part, List<int> rows) in _parts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            FleetDetector found = detectors.Of(part, _columns, cancellationToken);
            if (found.Detector is not null)
            {
                try
                {
                    Score(found, rows, threads);
                }
                catch (ArgumentException exception)
                {
                    throw new BadInputException($"the part '{part}': {ErrorReporting.MessageOf(exception)}");
                }

                continue;
            }

            _unscored.Add((found.Reason!, part, rows.Count));
            foreach (int row in rows) _verdicts[row] = default;
        }

        WriteLines(csv);
    }

    private static int BlocksOf(int columns, string? only) =>
        only is null ? Math.Clamp(MostCells / columns / RowBlock.CapacityOf(columns), 1, MostBlocks) : 1;

    private static int StretchOf(int features) => Math.Clamp(MostStretchCells / features, 1, MostStretch);

    // All blocks but the last are full, unless rows were left out: a row's place is that among all.
    private void GatherParts()
    {
        _parts.Clear();
        int place = 0;
        foreach (RowBlock block in _blocks.AsSpan(0, _filled))
        {
            for (int row = 0; row < block.Rows; row++, place++)
            {
                string part = only ?? block.Ids[row];
                if (!_parts.TryGetValue(part, out List<int>? rows)) _parts[part] = rows = [];
                rows.Add(place);
            }
        }
    }

    private void Score(FleetDetector found, List<int> rows, int threads)
    {
        (ScoringDetector detector, int features) = (found.Detector!, found.Detector!.Features);
        int stretch = Math.Min(StretchOf(features), rows.Count);
        if (_cells.Length < stretch * features) _cells = new double[stretch * features];
        (int block, int before) = (0, 0);
        for (int first = 0, count; first < rows.Count; first += count)
        {
            count = Math.Min(stretch, rows.Count - first);
            for (int i = 0; i < count; i++)
            {
                int row = rows[first + i];
                while (row - before >= _blocks[block].Rows) before += _blocks[block++].Rows;
                found.Match!.Apply(_blocks[block].Row(row - before), _columns, _cells.AsSpan(i * features, features));
            }

            detector.Score(_cells.AsSpan(0, count * features), _scores.AsSpan(0, count), threads);
            for (int i = 0; i < count; i++)
            {
                float score = _scores[i];
                _verdicts[rows[first + i]] = new Verdict(score, detector.Percentile(score), detector.PValue(score), detector.IsAnomaly(score));
            }
        }
    }

    private void WriteLines(CsvText csv)
    {
        _lines.Clear();
        int place = 0;
        foreach (RowBlock block in _blocks.AsSpan(0, _filled))
        {
            for (int row = 0; row < block.Rows; row++)
            {
                _lines.Append(block.SourceRows[row] + 1);
                _lines.Append(","u8);
                _lines.Append(csv.Value(only ?? block.Ids[row]));
                AppendVerdict(_verdicts[place++]);
            }
        }
    }

    private void AppendVerdict(in Verdict verdict)
    {
        if (verdict.PValue == 0)
        {
            _lines.Append(",,,,\n"u8);
            return;
        }

        _lines.Append(","u8);
        _lines.Append(verdict.Score);
        _lines.Append(","u8);
        _lines.Append(verdict.Percentile);
        _lines.Append(","u8);
        _lines.Append(_pValues.TextOf(verdict.PValue));
        _lines.Append(verdict.IsAnomaly ? ",anomaly\n"u8 : ",normal\n"u8);
    }

    /// <summary>What a detector says of a row; all 0 where there is none, which no p-value is.</summary>
    private readonly record struct Verdict(float Score, double Percentile, double PValue, bool IsAnomaly);
}
