using System.CommandLine;
using System.Globalization;

namespace IadNative.Cli;

/// <summary>The option that says how much memory a model may take to score.</summary>
internal static class MemoryLimit
{
    private static readonly (string Unit, long Bytes)[] s_units = [("GiB", 1L << 30), ("MiB", 1L << 20), ("KiB", 1L << 10), ("", 1)];

    /// <summary>The option.</summary>
    public static Option<LoadOptions> Option() => CommandOptions.Parsed(
        "--memory-limit", "SIZE",
        "Memory that the model may take to score, such as 4GiB or 512MiB; one that needs more is refused. [default: 2GiB, or eight times the "
            + "file's size where that is more]",
        null!, Parse);

    /// <summary>The limit of a command line; that of the library where it says nothing.</summary>
    public static LoadOptions Of(ParseResult parsed, Option<LoadOptions> option) => parsed.GetValue(option) ?? new LoadOptions();

    /// <exception cref="FormatException">The text is no size.</exception>
    internal static LoadOptions Parse(string text)
    {
        (string unit, long bytes) = s_units.First(entry => text.EndsWith(entry.Unit, StringComparison.OrdinalIgnoreCase));
        bool isNumber = decimal.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number);
        return isNumber && number <= long.MaxValue / bytes && number * bytes >= 1
            ? new LoadOptions { MostScoringBytes = (long)(number * bytes) }
            : throw new FormatException($"'{text}' is no size; give a number of bytes, or one with KiB, MiB or GiB, such as 4GiB.");
    }
}
