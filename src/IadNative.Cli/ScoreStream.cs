using System.Globalization;
using IadNative.Data.Reading;

namespace IadNative.Cli;

/// <summary>
/// Scores a table block by block, in memory that does not depend on its length: one thread reads, several score and write lines, and the
/// caller gets these in the order of the rows. The bytes are the same whatever the threads.
/// </summary>
/// <param name="detector">The detector.</param>
/// <param name="reader">The table, in the detector's columns.</param>
/// <param name="explanation">What is written of what each feature adds to the score.</param>
/// <param name="csv">How texts are written.</param>
/// <param name="threads">How many score; 0 for one per core.</param>
internal sealed class ScoreStream(AnomalyDetector detector, TableReader reader, Explanation explanation, CsvText csv, int threads)
{
    // Beside the blocks that are worked on, one that is read and one that is written.
    private const int IdleBlocks = 2;

    // More than so many, or than there are cores, are of no use.
    private const int ManyThreads = 256;

    // What the blocks may take together, but for texts.
    private const long MostBytes = 1L << 28;

    private readonly ScoredRows _rows = new(detector, reader);

    /// <summary>Whether the source is still waited for although the scoring has failed, so that it cannot be closed.</summary>
    public bool IsReading { get; private set; }

    /// <summary>Scores all rows.</summary>
    /// <param name="write">Receives the CSV in UTF-8, some thousand lines at once.</param>
    /// <param name="report">Is told how far it is.</param>
    /// <param name="cancellationToken">Stops between two blocks.</param>
    /// <returns>How many rows there were.</returns>
    public long Run(Action<ReadOnlyMemory<byte>> write, Action<ProgressStep> report, CancellationToken cancellationToken)
    {
        // Where not even the first block can be read, nothing is written.
        bool hasHeader = false;
        long rows = 0;
        int working = threads == 0 ? Environment.ProcessorCount : Math.Min(threads, Math.Max(ManyThreads, Environment.ProcessorCount));
        int capacity = (int)Math.Clamp(MostBytes / Work.BytesOf(detector, explanation), IdleBlocks + 1, working + IdleBlocks);
        var pipeline = new OrderedPipeline<Work>(capacity, () => new Work(detector, reader, explanation), Read, Score);
        try
        {
            pipeline.Run(working, work =>
            {
                WriteHeader();
                write(work.Lines.Written);
                _rows.Add(work.Counted);
                rows += work.Block.Rows;
                report(new ProgressStep(
                    work.Fraction, string.Create(CultureInfo.InvariantCulture, $"scoring {reader.Name}, {rows} rows"), Milestone: true));
            }, cancellationToken);
            WriteHeader();
            return rows;
        }
        finally
        {
            IsReading = pipeline.IsFilling;
        }

        void WriteHeader()
        {
            if (hasHeader) return;
            hasHeader = true;
            var header = new Utf8Lines();
            AppendHeader(header);
            write(header.Written);
        }
    }

    /// <summary>What is to be said of the rows, a sentence or two each.</summary>
    public IEnumerable<string> Notes() => _rows.Notes();

    /// <summary>Precision, recall and F1 at the threshold, where there are labels; else null.</summary>
    public string? Verdicts() => _rows.Verdicts();

    private bool Read(Work work)
    {
        bool hasRows = reader.Read(work.Block);
        work.Fraction = reader.Fraction;
        return hasRows;
    }

    private void Score(Work work, int ownThreads)
    {
        RowBlock block = work.Block;
        Span<float> scores = work.Scores.AsSpan(0, block.Rows);
        detector.Score(block.Filled, scores, ownThreads);
        if (explanation.IsAsked) detector.Explain(block.Filled, work.Contributions.AsSpan(0, block.Filled.Length));
        work.Counted.Clear();
        work.Counted.Count(block, scores);
        work.Lines.Clear();
        for (int i = 0; i < block.Rows; i++)
        {
            AppendLine(work, i, scores[i],
                explanation.IsAsked ? work.Contributions.AsSpan(i * detector.Features, detector.Features) : []);
        }
    }

    private void AppendHeader(Utf8Lines lines)
    {
        lines.Append("row"u8);
        if (reader.HasIds) lines.Append(",id"u8);
        lines.Append(",score,percentile,p_value,label"u8);
        if (explanation.Top is not null) lines.Append(",explanation"u8);
        if (explanation.IsFull)
        {
            foreach (string name in detector.FeatureNames)
            {
                lines.Append(","u8);
                lines.Append(csv.Name(name));
            }
        }

        lines.Append("\n"u8);
    }

    private void AppendLine(Work work, int row, float score, ReadOnlySpan<float> contributions)
    {
        (Utf8Lines lines, RowBlock block) = (work.Lines, work.Block);
        lines.Append(block.SourceRows[row] + 1);
        if (reader.HasIds)
        {
            lines.Append(","u8);
            lines.Append(csv.Value(block.Ids[row]));
        }

        lines.Append(","u8);
        lines.Append(score);
        lines.Append(","u8);
        lines.Append(detector.Percentile(score));
        lines.Append(","u8);
        lines.Append(work.PValues.TextOf(detector.PValue(score)));
        lines.Append(detector.IsAnomaly(score) ? ",anomaly"u8 : ",normal"u8);
        if (explanation.Top is { } top)
        {
            lines.Append(","u8);
            lines.Append(csv.Name(Largest(contributions, top)));
        }

        if (explanation.IsFull)
        {
            foreach (float contribution in contributions)
            {
                lines.Append(","u8);
                lines.Append(contribution);
            }
        }

        lines.Append("\n"u8);
    }

    // The features that add most, in descending order; of equal ones those first that come first.
    private string Largest(ReadOnlySpan<float> contributions, int top)
    {
        int[] order = [.. Enumerable.Range(0, contributions.Length)];
        float[] keys = contributions.ToArray();
        Array.Sort(order, (a, b) => keys[a] == keys[b] ? a.CompareTo(b) : keys[b].CompareTo(keys[a]));
        return string.Join("; ", order.Take(top).Select(column =>
            string.Create(CultureInfo.InvariantCulture, $"{detector.FeatureNames[column]} {keys[column]:G4}")));
    }

    /// <summary>A block of rows, and what becomes of them.</summary>
    private sealed class Work(AnomalyDetector detector, TableReader reader, Explanation explanation)
    {
        public RowBlock Block { get; } = new(detector.Features);

        public float[] Scores { get; } = new float[RowBlock.CapacityOf(detector.Features)];

        public float[] Contributions { get; } = new float[explanation.IsAsked ? RowBlock.CapacityOf(detector.Features) * detector.Features : 0];

        public Utf8Lines Lines { get; } = new();

        public RepeatedNumbers PValues { get; } = new();

        public ScoredRows Counted { get; } = new(detector, reader);

        /// <summary>The share of the source that was read with it; null where that is not known.</summary>
        public double? Fraction { get; set; }

        public static long BytesOf(AnomalyDetector detector, Explanation explanation) => (long)RowBlock.CapacityOf(detector.Features)
            * detector.Features * (sizeof(double) + (explanation.IsAsked ? sizeof(float) : 0));
    }
}
