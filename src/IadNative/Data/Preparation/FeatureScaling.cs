using IadNative.Data.Preparation;
using IadNative.Messages;

namespace IadNative;

/// <summary>How the features of tables are brought to a common scale before they reach a network.</summary>
public enum FeatureScaling
{
    /// <summary>
    /// By median and the width of the middle half, then softly clipped, so that no cell, however far out, moves the others or leaves
    /// the range that training bears; then by mean and standard deviation.
    /// </summary>
    Robust,

    /// <summary>By mean and standard deviation alone, as the method's paper does.</summary>
    Standard,
}

/// <summary>The short names of <see cref="FeatureScaling"/>, as the command line and the model file write them.</summary>
internal static class FeatureScalingNames
{
    /// <summary>All short names.</summary>
    public static IReadOnlyList<string> All { get; } = ["robust", "standard"];

    /// <summary>The short name: <c>robust</c> or <c>standard</c>.</summary>
    public static string ToShortName(this FeatureScaling value) => Enum.IsDefined(value)
        ? All[(int)value]
        : throw new ArgumentOutOfRangeException(nameof(value), value, "This is no scaling.");

    /// <summary>The value of a short name.</summary>
    /// <exception cref="FormatException">There is no such name.</exception>
    public static FeatureScaling Parse(string name) => name switch
    {
        "robust" => FeatureScaling.Robust,
        "standard" => FeatureScaling.Standard,
        _ => throw new FormatException($"{ForeignText.Quote(name)} is no scaling. Use {string.Join(" or ", All)}."),
    };
}
