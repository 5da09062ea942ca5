using System.Text.RegularExpressions;

namespace IadNative.Tests.Emulator;

/// <summary>Turns the places in a message of the emulator, such as &lt;library+0x123&gt;, into file and line.</summary>
internal static partial class CodePlaces
{
    private static readonly Lazy<string?> s_symbolizer = new(() => ClangCompiler.Instance.ToolPath("llvm-symbolizer"));

    /// <summary>The message with file names and lines; unchanged where LLVM's symbolizer is not installed.</summary>
    public static string Resolve(string message) => Place().Replace(message, match =>
        s_symbolizer.Value is { } tool ? Describe(tool, match.Groups[1].Value, match.Groups[2].Value) : match.Value);

    /// <summary>Innermost first, where functions were inlined.</summary>
    private static string Describe(string tool, string library, string offset)
    {
        string output = ClangCompiler.Run(
            tool, $"--obj={library}", "--inlines", "--functions=none", "--basenames", offset).Output;
        IEnumerable<string> lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(WithoutColumn);
        return string.Join(" in ", lines);
    }

    private static string WithoutColumn(string place) =>
        place.LastIndexOf(':') is > 0 and var colon ? place[..colon] : place;

    [GeneratedRegex(@"<([^<>]+)\+(0x[0-9a-f]+)>")]
    private static partial Regex Place();
}
