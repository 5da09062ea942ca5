using IadNative.Data.Preparation;
using IadNative.Messages;

namespace IadNative;

/// <summary>What takes the place of missing cells.</summary>
public enum Imputation
{
    /// <summary>Nothing: there may be none.</summary>
    None,

    /// <summary>The mean of the column's training cells.</summary>
    Mean,

    /// <summary>The median of the column's training cells.</summary>
    Median,
}

/// <summary>The short names of <see cref="Imputation"/>, as the command line and the model file write them.</summary>
internal static class ImputationNames
{
    /// <summary>All short names.</summary>
    public static IReadOnlyList<string> All { get; } = ["none", "mean", "median"];

    /// <summary>The short name: <c>none</c>, <c>mean</c> or <c>median</c>.</summary>
    public static string ToShortName(this Imputation value) => Enum.IsDefined(value)
        ? All[(int)value]
        : throw new ArgumentOutOfRangeException(nameof(value), value, "This is no imputation.");

    /// <summary>The value of a short name.</summary>
    /// <exception cref="FormatException">There is no such name.</exception>
    public static Imputation Parse(string name) => name switch
    {
        "none" => Imputation.None,
        "mean" => Imputation.Mean,
        "median" => Imputation.Median,
        _ => throw new FormatException($"{ForeignText.Quote(name)} is no imputation. Use {string.Join(", ", All)}."),
    };
}
