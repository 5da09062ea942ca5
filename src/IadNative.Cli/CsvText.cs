using System.Buffers;

namespace IadNative.Cli;

/// <summary>Writes text into CSV.</summary>
internal static class CsvText
{
    private static readonly SearchValues<char> s_special = SearchValues.Create(",\"\r\n");

    /// <summary>A cell with this text: in quotes where a comma, a quote or a line break is in it.</summary>
    public static string Quote(string text) => text.AsSpan().ContainsAny(s_special)
        ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
        : text;
}
