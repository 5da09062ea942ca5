using System.Globalization;
using IadNative.Models;

namespace IadNative;

/// <summary>How the threshold between normal and anomalous scores is set.</summary>
public readonly record struct ThresholdRule
{
    private enum Kind
    {
        Otsu,
        Quantile,
        Radius,
    }

    private readonly Kind _kind;
    private readonly double _quantile;

    private ThresholdRule(Kind kind, double quantile = 0) => (_kind, _quantile) = (kind, quantile);

    /// <summary>Otsu's threshold: the cut of the training scores with the least variance within the two sides.</summary>
    public static ThresholdRule Otsu => new(Kind.Otsu);

    /// <summary>The boundary that the model itself learns; only for models that do, such as soft-boundary Deep SVDD with its R².</summary>
    public static ThresholdRule Radius => new(Kind.Radius);

    /// <summary>The quantile of the training scores, in (0, 1); null for the other rules.</summary>
    public double? Quantile => _kind == Kind.Quantile ? _quantile : null;

    /// <summary>A quantile of the training scores: at 0.95 one training sample in twenty is labelled anomalous.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="q"/> is not inside (0, 1).</exception>
    public static ThresholdRule AtQuantile(double q) => q is > 0 and < 1
        ? new ThresholdRule(Kind.Quantile, q)
        : throw new ArgumentOutOfRangeException(nameof(q), q, "A threshold quantile lies between 0 and 1.");

    /// <summary>Reads <c>otsu</c>, <c>quantile:0.95</c> or <c>radius</c>.</summary>
    /// <exception cref="FormatException">The text is none of these.</exception>
    public static ThresholdRule Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text == "otsu") return Otsu;
        if (text == "radius") return Radius;
        if (text.StartsWith("quantile:", StringComparison.Ordinal)
            && double.TryParse(text.AsSpan(9), NumberStyles.Float, CultureInfo.InvariantCulture, out double q) && q is > 0 and < 1)
            return AtQuantile(q);
        throw new FormatException(
            $"'{text}' is no threshold. Use otsu, quantile:Q with Q between 0 and 1, or, for svdd-soft, radius.");
    }

    /// <summary>The form that <see cref="Parse"/> reads.</summary>
    public override string ToString() => _kind switch
    {
        Kind.Otsu => "otsu",
        Kind.Radius => "radius",
        _ => string.Create(CultureInfo.InvariantCulture, $"quantile:{_quantile}"),
    };
}
