using System.Globalization;
using IadNative.Data.Formats;

namespace IadNative.Data.Reading;

/// <summary>Reads a whole table, into memory or temporary files.</summary>
internal static class TableCollector
{
    /// <summary>Reads all that is left of a source, or a sample of it.</summary>
    /// <param name="reader">The source.</param>
    /// <param name="options">Whether it is a sample.</param>
    /// <param name="folder">Where cells go that are more than memory holds; null keeps them in memory.</param>
    /// <param name="report">Told after each block how far it is; may be null.</param>
    /// <param name="names">Takes each block's names of rows, of which the data set then has none; null where it has them.</param>
    /// <param name="cancellationToken">Stops what is done once all rows have come; before that the reader stops itself.</param>
    /// <exception cref="IOException">A disk is full, or fails.</exception>
    /// <exception cref="DataFormatException">The source is damaged, holds a cell that is refused, more than can be read, or grows too large.</exception>
    public static Dataset Collect(
        TableReader reader, DatasetReadOptions options, TemporaryFolder? folder = null, Action<RowProgress>? report = null,
        Action<IReadOnlyList<string>>? names = null, CancellationToken cancellationToken = default)
    {
        int columns = reader.Features.Count;
        ReaderLimits limits = reader.Limits;
        reader.MostRowsKept = options.Sample ?? long.MaxValue;
        using RowSample? sample = options.Sample is { } size ? RowSample.Draw(reader, size, options.SampleSeed) : null;
        bool isPart = sample is { IsPart: true };
        var block = new RowBlock(columns);
        using ICellStore cells = folder is null ? new CellChunks(columns) : new CellFile(columns, folder);
        var labels = new List<ushort[]>();
        List<string> ids = [], classes = [];
        var sources = new List<int>();
        long wide = 0;
        while (sample?.Read(block) ?? reader.Read(block))
        {
            if ((cells.Rows + block.Rows) * columns > limits.Values)
                throw new DataFormatException($"{reader.Name}: it has more than the {limits.Values} values that can be read, in " +
                    $"row {limits.Values / columns + 1}. Split it.");
            if (cells.Rows + block.Rows > Array.MaxLength)
                throw new DataFormatException($"{reader.Name}: it has more than the {Array.MaxLength} rows that can be read. Split it, or " +
                    "draw a sample of it.");
            bool haveMoved = reader.DroppedRows > 0 || isPart;
            if (haveMoved && sources.Count == 0) sources.AddRange(Enumerable.Range(0, (int)cells.Rows));
            cells.Add(block);
            if (cells.WideBytes > wide) reader.Memory?.Keep(cells.WideBytes - wide);
            wide = cells.WideBytes;
            if (reader.Labels is not null) labels.Add(block.Labels[..block.Rows]);
            if (names is not null)
            {
                names(new ArraySegment<string>(block.Ids, 0, reader.HasIds ? block.Rows : 0));
            }
            else if (reader.HasIds)
            {
                reader.Memory?.Keep(block.Ids.AsSpan(0, block.Rows).ToArray().Sum(id => (long)id.Length * sizeof(char)));
                ids.AddRange(block.Ids.AsSpan(0, block.Rows));
            }

            if (reader.HasClasses) classes.AddRange(block.Classes.AsSpan(0, block.Rows));
            if (haveMoved) AddSources(reader, block, sources);
            report?.Invoke(new RowProgress(RowStage.Reading, cells.Rows, reader.Fraction));
        }

        if (cells.Rows == 0)
            throw NoRow(reader);
        (bool[]? anomalies, string? note) = Labels(reader, labels, (int)cells.Rows);
        var passes = new RowPasses(RowStage.Checking, (int)cells.Rows, cells.WideBytes > 0 ? 2 : 1, report, cancellationToken);
        return new Dataset(reader.Name, cells.Take(passes), (int)cells.Rows, reader.Features, anomalies, reader.AreFeaturesNamed,
            sources.Count > 0 ? [.. sources] : null, allowMissing: true, passes)
        {
            Image = reader.Image,
            Classes = reader.HasClasses ? classes : null,
            Ids = reader.HasIds && names is null ? ids : null,
            Notes = [.. reader.Notes, .. isPart ? [SampleNote(cells.Rows, sample!.SourceRows)] : (string[])[], .. note is null ? (string[])[] : [note]],
            MissingCells = reader.MissingCells,
            SampledFrom = isPart ? sample!.SourceRows : null,
        };
    }

    /// <summary>What is said of a source that was read to its end and has no row.</summary>
    public static DataFormatException NoRow(TableReader reader) => new(reader.DroppedRows > 0
        ? $"{reader.Name}: every one of its {reader.DroppedRows} rows has a missing cell, so that none is left. Leave out the " +
          "columns that are empty with --drop, or use --missing mean or --missing median."
        : $"{reader.Name}: there is no row in it.");

    private static string SampleNote(long rows, long of) => string.Create(CultureInfo.InvariantCulture, $"a sample of {rows:N0} of {of:N0} rows");

    private static void AddSources(TableReader reader, RowBlock block, List<int> sources)
    {
        foreach (long source in block.SourceRows.AsSpan(0, block.Rows))
        {
            sources.Add(source <= int.MaxValue ? (int)source : throw new DataFormatException(
                $"{reader.Name}: row {source + 1} lies behind the {int.MaxValue} rows whose places can be kept. Split it."));
        }
    }

    private static (bool[]? Anomalies, string? Note) Labels(TableReader reader, List<ushort[]> codes, int rows)
    {
        if (reader.Labels is null || !reader.Labels.TryMeanings(reader.Name, out bool[] meanings, out string? note)) return (null, reader.Labels?.WhyNone);
        bool[] anomalies = new bool[rows];
        int row = 0;
        foreach (ushort[] block in codes)
        {
            foreach (ushort code in block) anomalies[row++] = meanings[code];
        }

        return (anomalies, note);
    }
}
