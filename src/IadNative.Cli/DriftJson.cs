using System.Text.Json;

namespace IadNative.Cli;

/// <summary>The JSON object of <c>iad drift</c>. Its fields are documented in the README and stable.</summary>
internal static class DriftJson
{
    private const string Schema = "iadnative.drift/1";

    /// <summary>Writes the object.</summary>
    /// <param name="json">Receives it.</param>
    /// <param name="name">What the data are called.</param>
    /// <param name="report">How far they have moved.</param>
    public static void Write(Utf8JsonWriter json, string name, DriftReport report)
    {
        json.WriteStartObject();
        json.WriteString("schema", Schema);
        json.WriteString("version", Product.Version);
        json.WriteString("name", name);
        json.WriteNumber("n", report.Rows);
        json.WriteBoolean("refit", report.ShouldRefit);
        json.WriteStartObject("scores");
        Write(json, report.Scores);
        json.WriteEndObject();
        json.WriteStartArray("columns");
        foreach (ColumnDrift column in report.Columns)
        {
            json.WriteStartObject();
            json.WriteString("name", column.Name);
            json.WriteString("kind", column.Kind.ToString().ToLowerInvariant());
            Write(json, column.Measure);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, DriftMeasure measure)
    {
        json.WriteFinite("statistic", measure.Statistic);
        json.WriteFinite("p", measure.PValue);
        json.WriteFinite("psi", measure.StabilityIndex);
        json.WriteBoolean("drifted", measure.HasDrifted);
    }
}
