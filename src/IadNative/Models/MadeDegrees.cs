using IadNative.Messages;
using IadNative.Models;

namespace IadNative;

/// <summary>How the hidden units of a MADE block get their degrees, of 0 … d − 2.</summary>
public enum MadeDegrees
{
    /// <summary>k mod (d − 1): with fewer units than features, only the first features are seen.</summary>
    Sequential,

    /// <summary>⌊k·(d − 1)/H⌋: spread over all features.</summary>
    Spread,
}

/// <summary>The short names of <see cref="MadeDegrees"/>, as the command line and the model file write them.</summary>
internal static class MadeDegreesNames
{
    private static readonly (MadeDegrees Value, string Name)[] s_names =
        [(MadeDegrees.Sequential, "sequential"), (MadeDegrees.Spread, "spread")];

    /// <summary>All short names.</summary>
    public static IReadOnlyList<string> All { get; } = Array.ConvertAll(s_names, entry => entry.Name);

    /// <summary>The short name: <c>sequential</c> or <c>spread</c>.</summary>
    public static string ToShortName(this MadeDegrees value) => Array.Find(s_names, entry => entry.Value == value).Name
        ?? throw new ArgumentOutOfRangeException(nameof(value), value, "This is no rule for degrees.");

    /// <summary>The value of a short name.</summary>
    /// <exception cref="FormatException">There is no such name.</exception>
    public static MadeDegrees Parse(string name)
    {
        foreach ((MadeDegrees value, string text) in s_names)
        {
            if (text == name) return value;
        }

        throw new FormatException($"{ForeignText.Quote(name)} is no rule for degrees. Use {string.Join(" or ", All)}.");
    }
}
