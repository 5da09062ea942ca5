using System.Globalization;
using System.Runtime.InteropServices;
using IadNative.Messages;

namespace IadNative.Cli;

/// <summary>What the program is and what it runs on.</summary>
internal static class MachineFacts
{
    /// <summary>Names as in the JSON of <c>iad info</c>, and values.</summary>
    public static (string Name, object? Value)[] All =>
    [
        ("version", Product.Version),
        ("runtime", RuntimeInformation.FrameworkDescription),
        ("os", RuntimeInformation.OSDescription),
        ("architecture", RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()),
        ("cores", Environment.ProcessorCount),
        ("simd", SimdSets.Available),
        ("vectorBits", SimdSets.VectorBits),
    ];

    /// <summary>A value in words, of any length up to that of a message, without control characters.</summary>
    public static string ToText(object? value) => value switch
    {
        IReadOnlyList<string> list => list.Count == 0 ? "none" : string.Join(", ", list.Select(ForeignText.Message)),
        bool flag => flag ? "yes" : "no",
        _ => ForeignText.Message(Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""),
    };
}
