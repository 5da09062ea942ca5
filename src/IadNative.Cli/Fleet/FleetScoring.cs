using System.Globalization;
using System.Runtime.ExceptionServices;
using IadNative.Data;
using IadNative.Data.Reading;

namespace IadNative.Cli.Fleet;

/// <summary>
/// Scores rows by the detectors of their parts, in memory that depends neither on how many rows there are nor on how many detectors: one thread
/// reads, several score and write lines, and the caller gets these in the order of the rows.
/// </summary>
/// <param name="detectors">The detectors.</param>
/// <param name="reader">The rows, named by their parts, in the source's columns.</param>
/// <param name="only">The part of all rows; null where each says its own.</param>
/// <param name="csv">How texts are written.</param>
internal sealed class FleetScoring(FleetDetectors detectors, TableReader reader, string? only, CsvText csv)
{
    // Beside those that are worked on, one that is read and one that is written.
    private const int IdleItems = 2;

    // What all blocks may take together, but for texts; see FleetRows.MostCells for one item.
    private const long MostBytes = 1L << 28;

    private ExceptionDispatchInfo? _failure;

    /// <summary>Why parts have no scores, and which.</summary>
    public SortedDictionary<string, UnscoredParts> Unscored { get; } = new(StringComparer.Ordinal);

    /// <summary>What was found out about the labels rather than told; null where there is nothing to say.</summary>
    public string? LabelNote { get; private set; }

    /// <summary>Whether the source is still waited for although the scoring has failed, so that it cannot be closed.</summary>
    public bool IsReading { get; private set; }

    /// <summary>Scores all rows. To be called once.</summary>
    /// <param name="write">Receives the CSV in UTF-8, some thousand lines at once.</param>
    /// <param name="report">Is told how far it is.</param>
    /// <param name="cancellationToken">Stops between two parts of some thousand rows.</param>
    /// <returns>How many rows there were.</returns>
    /// <exception cref="BadInputException">The data lack a column of a detector, or it cannot do with missing cells what is asked for.</exception>
    /// <exception cref="DataFormatException">The source is damaged, holds a cell or a label that is refused, or no row.</exception>
    public long Run(Action<ReadOnlyMemory<byte>> write, Action<ProgressStep> report, CancellationToken cancellationToken)
    {
        long rows = 0;
        int working = Environment.ProcessorCount;
        int capacity = (int)Math.Clamp(MostBytes / FleetRows.BytesOf(reader.Features.Count, only), IdleItems + 1, working + IdleItems);
        var pipeline = new OrderedPipeline<FleetRows>(
            capacity, () => new FleetRows(reader, only), Fill, (item, threads) => item.Score(detectors, csv, threads, cancellationToken));
        try
        {
            pipeline.Run(working, item =>
            {
                // Where not even the first rows can be read, nothing is written.
                if (rows == 0) write("row,partition,score,percentile,p_value,label\n"u8.ToArray());
                write(item.Written);
                foreach ((string reason, string part, int count) in item.Unscored) Leave(reason, part, count);
                rows += item.Rows;
                report(new ProgressStep(item.Fraction, string.Create(CultureInfo.InvariantCulture, $"scoring {reader.Name}, {rows} rows"), Milestone: true));
            }, cancellationToken);
        }
        finally
        {
            IsReading = pipeline.IsFilling;
        }

        if (rows == 0) throw TableCollector.NoRow(reader);
        if (reader.Labels is { } labels) LabelNote = labels.TryMeanings(reader.Name, out _, out string? note) ? note : labels.WhyNone;
        return rows;
    }

    private bool Fill(FleetRows item)
    {
        _failure?.Throw();
        return item.Fill(out _failure);
    }

    private void Leave(string reason, string part, int rows)
    {
        if (!Unscored.TryGetValue(reason, out UnscoredParts? parts)) Unscored[reason] = parts = new UnscoredParts();
        parts.Add(part, rows);
    }
}

/// <summary>Parts that have no scores for one reason.</summary>
internal sealed class UnscoredParts
{
    private const int MostNamed = 5;

    private readonly HashSet<string> _all = [];

    /// <summary>Their rows.</summary>
    public long Rows { get; private set; }

    /// <summary>How many they are.</summary>
    public int Count => _all.Count;

    /// <summary>The first of them.</summary>
    public List<string> Named { get; } = [];

    /// <summary>Adds rows of a part.</summary>
    public void Add(string part, int rows)
    {
        Rows += rows;
        if (_all.Add(part) && Named.Count < MostNamed) Named.Add(part);
    }
}
