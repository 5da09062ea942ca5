using System.Text.Json;
using IadNative.Cli.Html;
using IadNative.Detectors;

namespace IadNative.Cli.FitReport;

/// <summary>Every option as it was used, by the names of the JSON.</summary>
internal static class SettingsSection
{
    /// <summary>A table of them.</summary>
    public static Markup Create(FitArguments arguments, FitResult result)
    {
        using var json = new MemoryStream();
        JsonOutput.Write(json, writer => FitJson.WriteOptions(writer, arguments, result.Options));
        using JsonDocument options = JsonDocument.Parse(json.ToArray());
        return Page.Section("Settings", Tables.Facts("Options as they were used",
            [.. options.RootElement.EnumerateObject().Select(option => (option.Name, ToText(option.Value)))]));
    }

    private static string ToText(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => "yes",
        JsonValueKind.False => "no",
        JsonValueKind.Null => "none",
        _ => value.ToString(),
    };
}
