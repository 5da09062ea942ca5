using System.Globalization;

namespace IadNative.Bench.Detection;

/// <summary>Pairs of an option and its value.</summary>
internal sealed class CommandArguments
{
    private readonly Dictionary<string, string> _values = [];

    /// <param name="args">What was said.</param>
    /// <param name="known">The options that there are, such as <c>--out</c>.</param>
    /// <exception cref="FormatException">An option is unknown or lacks its value.</exception>
    public CommandArguments(ReadOnlySpan<string> args, params string[] known)
    {
        for (int i = 0; i < args.Length; i += 2)
        {
            if (!known.Contains(args[i])) throw new FormatException($"There is no option {args[i]}.");
            if (i + 1 == args.Length) throw new FormatException($"{args[i]} lacks its value.");
            _values[args[i]] = args[i + 1];
        }
    }

    /// <summary>What an option is set to; null where it is not.</summary>
    public string? this[string option] => _values.GetValueOrDefault(option);

    /// <summary>What an option must be set to.</summary>
    /// <exception cref="FormatException">It is not.</exception>
    public string Required(string option) => this[option] ?? throw new FormatException($"{option} is needed.");

    /// <summary>The parts between commas; null where the option is not set.</summary>
    public string[]? List(string option) => this[option]?.Split(',', StringSplitOptions.TrimEntries);

    /// <summary>Whole numbers between commas, ascending.</summary>
    public int[] Numbers(string option, params int[] otherwise) => List(option) is { } parts
        ? [.. parts.Select(part => Number(option, part)).Order()]
        : otherwise;

    /// <summary>A whole number.</summary>
    public int Number(string option, int otherwise) => this[option] is { } text ? Number(option, text) : otherwise;

    /// <summary>Seeds: <c>3</c> means 0 to 2, <c>5-9</c> what it says.</summary>
    public ulong[] Seeds(string option, int otherwise)
    {
        string[] ends = (this[option] ?? otherwise.ToString(CultureInfo.InvariantCulture)).Split('-');
        int first = ends.Length == 1 ? 0 : Number(option, ends[0]);
        int last = ends.Length == 1 ? Number(option, ends[0]) - 1 : Number(option, ends[^1]);
        if (ends.Length > 2 || last < first) throw new FormatException($"{option} is no number of seeds, nor the first and the last with a hyphen.");
        return [.. Enumerable.Range(first, last - first + 1).Select(seed => (ulong)seed)];
    }

    private static int Number(string option, string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw new FormatException($"{option}: '{text}' is no whole number.");
}
