using System.Text.Json;

namespace IadNative.Fleet;

/// <summary>The columns of a table as JSON: names, kinds and levels.</summary>
internal static class ColumnsJson
{
    private static readonly string[] s_kinds = ["number", "boolean", "category"];

    /// <summary>Writes an array.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<FeatureColumn> columns)
    {
        json.WriteStartArray();
        foreach (FeatureColumn column in columns)
        {
            json.WriteStartObject();
            json.WriteString("name", column.Name);
            json.WriteString("kind", s_kinds[(int)column.Kind]);
            if (column.Levels.Count > 0)
            {
                json.WriteStartArray("levels");
                foreach (string level in column.Levels) json.WriteStringValue(level);
                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Reads an array.</summary>
    /// <exception cref="FormatException">It makes no sense.</exception>
    /// <exception cref="KeyNotFoundException">A part of it is missing.</exception>
    /// <exception cref="InvalidOperationException">A part of it is of another kind.</exception>
    public static FeatureColumn[] Read(JsonElement json) => [.. json.EnumerateArray().Select(column =>
    {
        int kind = Array.IndexOf(s_kinds, column.GetProperty("kind").GetString());
        if (kind < 0) throw new FormatException("a column has an unknown kind");
        return new FeatureColumn(Text(column.GetProperty("name")), (FeatureKind)kind)
        {
            Levels = column.TryGetProperty("levels", out JsonElement levels) ? [.. levels.EnumerateArray().Select(Text)] : [],
        };
    })];

    private static string Text(JsonElement json) => json.GetString() ?? throw new FormatException("a name or level is null");
}
