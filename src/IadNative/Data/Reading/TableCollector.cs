using IadNative.Data.Formats;

namespace IadNative.Data.Reading;

/// <summary>Reads a whole table into memory.</summary>
internal static class TableCollector
{
    /// <summary>Reads all that is left of a source.</summary>
    /// <param name="reader">The source.</param>
    /// <exception cref="DataFormatException">The source is damaged, holds a cell that is refused, more than can be read, or grows too large.</exception>
    public static Dataset Collect(TableReader reader)
    {
        int columns = reader.Features.Count;
        ReaderLimits limits = reader.Limits;
        reader.AreRowsKept = true;
        var block = new RowBlock(columns);
        using var cells = new CellChunks(columns);
        var labels = new List<ushort[]>();
        List<string> ids = [], classes = [];
        var sources = new List<int>();
        long wide = 0;
        while (reader.Read(block))
        {
            if ((cells.Rows + block.Rows) * columns > limits.Values)
                throw new DataFormatException($"{reader.Name}: it has more than the {limits.Values} values that can be read, in " +
                    $"row {limits.Values / columns + 1}. Split it.");
            if (reader.DroppedRows > 0 && sources.Count == 0) sources.AddRange(Enumerable.Range(0, (int)cells.Rows));
            cells.Add(block);
            if (cells.WideBytes > wide) reader.Memory?.Keep(cells.WideBytes - wide);
            wide = cells.WideBytes;
            if (reader.Labels is not null) labels.Add(block.Labels[..block.Rows]);
            if (reader.HasIds)
            {
                reader.Memory?.Keep(block.Ids.AsSpan(0, block.Rows).ToArray().Sum(id => (long)id.Length * sizeof(char)));
                ids.AddRange(block.Ids.AsSpan(0, block.Rows));
            }

            if (reader.HasClasses) classes.AddRange(block.Classes.AsSpan(0, block.Rows));
            if (reader.DroppedRows == 0) continue;
            foreach (long source in block.SourceRows.AsSpan(0, block.Rows)) sources.Add(checked((int)source));
        }

        if (cells.Rows == 0)
            throw new DataFormatException(reader.DroppedRows > 0
                ? $"{reader.Name}: every one of its {reader.DroppedRows} rows has a missing cell, so that none is left. Leave out the " +
                  "columns that are empty with --drop, or use --missing mean or --missing median."
                : $"{reader.Name}: there is no row in it.");
        (bool[]? anomalies, string? note) = Labels(reader, labels, (int)cells.Rows);
        return new Dataset(reader.Name, cells.Take(), (int)cells.Rows, reader.Features, anomalies, reader.AreFeaturesNamed,
            sources.Count > 0 ? [.. sources] : null, allowMissing: true)
        {
            Image = reader.Image,
            Classes = reader.HasClasses ? classes : null,
            Ids = reader.HasIds ? ids : null,
            Notes = note is null ? reader.Notes : [.. reader.Notes, note],
            MissingCells = reader.MissingCells,
        };
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
