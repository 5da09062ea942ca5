using System.Globalization;
using IadNative.Messages;
using IadNative.Metrics;

namespace IadNative;

/// <summary>
/// How the threshold between normal and anomalous scores is set. Equal scores are never parted: where a share, number or quantile of the
/// training scores ends within a run of equal ones, the cut goes to the nearest end of a run. The highest scores are then flagged,
/// unless all are equal.
/// </summary>
public readonly record struct ThresholdRule
{
    private const string QuantilePrefix = "quantile:", ContaminationPrefix = "contamination:", TopPrefix = "top:";

    private enum Kind
    {
        Otsu,
        RootOtsu,
        Quantile,
        Radius,
        Contamination,
        Top,
    }

    private readonly Kind _kind;
    private readonly double _value;

    private ThresholdRule(Kind kind, double value = 0) => (_kind, _value) = (kind, value);

    /// <summary>Otsu's threshold: the cut of the training scores with the least variance within the two sides.</summary>
    public static ThresholdRule Otsu => new(Kind.Otsu);

    /// <summary>
    /// Otsu's threshold on the square roots of the upper half of the training scores, √(s − s_min): the default, which is more often
    /// right than <see cref="Otsu"/>, because anomaly scores are skewed.
    /// </summary>
    public static ThresholdRule RootOtsu => new(Kind.RootOtsu);

    /// <summary>The rule where none is chosen: <see cref="RootOtsu"/>.</summary>
    public static ThresholdRule Default => RootOtsu;

    /// <summary>The boundary that the model itself learns; only for models that do, such as soft-boundary Deep SVDD with its R².</summary>
    public static ThresholdRule Radius => new(Kind.Radius);

    /// <summary>The quantile of the training scores, in (0, 1); null for the other rules.</summary>
    public double? Quantile => _kind == Kind.Quantile ? _value : null;

    /// <summary>A quantile of the training scores: at 0.95 one training sample in twenty is labelled anomalous.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="q"/> is not inside (0, 1).</exception>
    public static ThresholdRule AtQuantile(double q) => q is > 0 and < 1
        ? new ThresholdRule(Kind.Quantile, q)
        : throw new ArgumentOutOfRangeException(nameof(q), q, "A threshold quantile lies between 0 and 1.");

    /// <summary>
    /// The share of the training samples that are flagged, those with the highest scores: rounded to whole samples, at least one.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="share"/> is not inside (0, 1).</exception>
    public static ThresholdRule Contamination(double share) => share is > 0 and < 1
        ? new ThresholdRule(Kind.Contamination, share)
        : throw new ArgumentOutOfRangeException(nameof(share), share, "A share of anomalies lies between 0 and 1.");

    /// <summary>The number of training samples that are flagged, those with the highest scores; all but one where there are fewer.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 1.</exception>
    public static ThresholdRule Top(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return new ThresholdRule(Kind.Top, count);
    }

    /// <summary>
    /// Reads <c>root-otsu</c>, <c>otsu</c>, <c>contamination:0.05</c>, <c>top:20</c>, <c>quantile:0.95</c> or <c>radius</c>.
    /// </summary>
    /// <exception cref="FormatException">The text is none of these.</exception>
    public static ThresholdRule Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text == "root-otsu") return RootOtsu;
        if (text == "otsu") return Otsu;
        if (text == "radius") return Radius;
        if (Fraction(text, QuantilePrefix) is { } q) return AtQuantile(q);
        if (Fraction(text, ContaminationPrefix) is { } share) return Contamination(share);
        if (text.StartsWith(TopPrefix, StringComparison.Ordinal)
            && int.TryParse(text.AsSpan(TopPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0)
            return Top(count);
        throw new FormatException(
            $"{ForeignText.Quote(text)} is no threshold. Use root-otsu, otsu, contamination:R with the share R of anomalies between 0 and 1, top:K with their number, "
            + "quantile:Q with Q between 0 and 1, or, for svdd-soft, radius.");
    }

    /// <summary>The form that <see cref="Parse"/> reads.</summary>
    public override string ToString() => _kind switch
    {
        Kind.Otsu => "otsu",
        Kind.RootOtsu => "root-otsu",
        Kind.Radius => "radius",
        Kind.Contamination => string.Create(CultureInfo.InvariantCulture, $"{ContaminationPrefix}{_value}"),
        Kind.Top => string.Create(CultureInfo.InvariantCulture, $"{TopPrefix}{_value}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{QuantilePrefix}{_value}"),
    };

    /// <summary>The threshold that the rule sets among training scores.</summary>
    /// <param name="sorted">The n scores, ascending, all finite, at least one.</param>
    /// <exception cref="InvalidOperationException">The rule does not ask the scores: it is <see cref="Radius"/>.</exception>
    internal float Set(ReadOnlySpan<float> sorted)
    {
        switch (_kind)
        {
            case Kind.Otsu:
                // Rounded down, so that the scores above the cut stay above it.
                double cut = Metrics.Otsu.Threshold(sorted, out _);
                return (float)cut > cut ? float.BitDecrement((float)cut) : (float)cut;
            case Kind.RootOtsu:
                return Metrics.RootOtsu.Threshold(sorted);
            case Kind.Quantile:
                return ThresholdCut.Quantile(sorted, _value);
            case Kind.Contamination:
                return ThresholdCut.Highest(sorted, Math.Max(1, (int)Math.Round(_value * sorted.Length, MidpointRounding.AwayFromZero)));
            case Kind.Top:
                return ThresholdCut.Highest(sorted, (int)_value);
            default:
                throw new InvalidOperationException($"The rule {this} does not follow from scores.");
        }
    }

    private static double? Fraction(string text, string prefix) =>
        text.StartsWith(prefix, StringComparison.Ordinal)
        && double.TryParse(text.AsSpan(prefix.Length), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value is > 0 and < 1
            ? value
            : null;
}
