using System.Text.Json;

namespace IadNative.Native;

/// <summary>The columns of a detector as JSON, for programs that build rows.</summary>
internal static class SchemaJson
{
    /// <summary>Writes it, in UTF-8.</summary>
    public static byte[] Of(AnomalyDetector detector)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteStartArray("features");
            foreach (FeatureColumn column in detector.Columns)
            {
                json.WriteStartObject();
                json.WriteString("name", column.Name);
                json.WriteString("kind", KindName(column.Kind));
                if (column.Kind == FeatureKind.Category)
                {
                    json.WriteStartArray("levels");
                    foreach (string level in column.Levels) json.WriteStringValue(level);
                    json.WriteEndArray();
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
            if (detector.Image is { } image)
            {
                json.WriteStartObject("image");
                json.WriteNumber("height", image.Height);
                json.WriteNumber("width", image.Width);
                json.WriteEndObject();
            }
            else
            {
                json.WriteNull("image");
            }

            json.WriteString("model", detector.Model.Name);
            json.WriteString("createdBy", detector.CreatedBy);
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static string KindName(FeatureKind kind) => kind switch
    {
        FeatureKind.Boolean => "boolean",
        FeatureKind.Category => "category",
        _ => "number",
    };
}
