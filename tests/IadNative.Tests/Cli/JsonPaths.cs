using System.Text.Json;

namespace IadNative.Tests.Cli;

/// <summary>The paths of a JSON document, such as <c>rounds[].seed</c>.</summary>
internal static class JsonPaths
{
    /// <summary>Paths of all values that are neither objects nor arrays of objects or arrays; arrays end with [].</summary>
    public static IReadOnlySet<string> Of(JsonElement root)
    {
        var paths = new SortedSet<string>(StringComparer.Ordinal);
        Collect(root, "", paths);
        return paths;
    }

    private static void Collect(JsonElement element, string path, SortedSet<string> paths)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (JsonProperty property in element.EnumerateObject())
                    Collect(property.Value, path.Length == 0 ? property.Name : $"{path}.{property.Name}", paths);
                break;
            case JsonValueKind.Array:
                foreach (JsonElement item in element.EnumerateArray()) Collect(item, path + "[]", paths);
                break;
            default:
                paths.Add(path);
                break;
        }
    }
}
