using System.Text.Json;
using IadNative.Persistence;

namespace IadNative.Detectors.Drift;

/// <summary>How a model file keeps what the training data were like: edges and shares as tensors, their numbers as JSON.</summary>
internal static class ReferenceFile
{
    private const string Key = "reference", RowsKey = "rows", EdgesKey = "edges", Edges = "reference.edges", Shares = "reference.shares";

    /// <summary>Adds the tensors; none where no column has numbers.</summary>
    public static void Add(SafetensorsWriter file, TrainingReference? reference)
    {
        double[] edges = [.. OfNumbers(reference).SelectMany(column => column.Edges)];
        if (edges.Length == 0) return;
        file.Add<double>(Edges, [edges.Length], edges);
        file.Add<float>(Shares, [edges.Length], [.. OfNumbers(reference).SelectMany(column => column.Shares)]);
    }

    /// <summary>Writes the rest.</summary>
    public static void Describe(Utf8JsonWriter json, TrainingReference? reference)
    {
        if (reference is null) return;
        json.WriteStartObject(Key);
        json.WriteNumber(RowsKey, reference.Rows);
        json.WriteStartArray(EdgesKey);
        foreach (ColumnReference? column in reference.Columns) json.WriteNumberValue(column?.Edges.Length ?? 0);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Reads it; null where the file has none, as those of earlier versions.</summary>
    /// <param name="file">The file.</param>
    /// <param name="json">Its description.</param>
    /// <param name="columns">What it has to compare: the columns of the table, or what is compared of images.</param>
    /// <exception cref="FormatException">It makes no sense.</exception>
    public static TrainingReference? Read(SafetensorsFile file, JsonElement json, IReadOnlyList<FeatureColumn> columns)
    {
        if (!json.TryGetProperty(Key, out JsonElement reference)) return null;
        int rows = reference.GetProperty(RowsKey).GetInt32();
        int[] counts = [.. reference.GetProperty(EdgesKey).EnumerateArray().Select(count => count.GetInt32())];
        if (rows < 1 || counts.Length != columns.Count || counts.Any(count => count is < 0 or > ColumnReference.MostEdges)
            || counts.Zip(columns).Any(pair => pair.Second.Kind == FeatureKind.Category && pair.First > 0))
            throw new FormatException("what it says of its training data does not go with its columns");
        int all = counts.Sum();
        double[] edges = all == 0 ? [] : file.Float64(Edges, all);
        float[] shares = all == 0 ? [] : file.Float32(Shares, all);
        var read = new ColumnReference?[counts.Length];
        for (int column = 0, first = 0; column < counts.Length; first += counts[column++])
        {
            if (columns[column].Kind == FeatureKind.Category) continue;
            read[column] = new ColumnReference(edges[first..(first + counts[column])], shares[first..(first + counts[column])]);
            read[column]!.Check();
        }

        return new TrainingReference(rows, read);
    }

    private static IEnumerable<ColumnReference> OfNumbers(TrainingReference? reference) => reference?.Columns.OfType<ColumnReference>() ?? [];
}
