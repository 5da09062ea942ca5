using System.Globalization;

namespace IadNative.Data;

/// <summary>What counts as a label: 0, false or normal; 1, true, anomaly or outlier; words in any case.</summary>
internal static class LabelValue
{
    /// <summary>For messages.</summary>
    public const string Allowed = "labels are 0 or 1 (1 = anomaly), false or true, normal or anomaly";

    /// <summary>Reads a label from text.</summary>
    /// <param name="text">The cell.</param>
    /// <param name="anomaly">True for an anomaly.</param>
    /// <returns>False when the text is no label.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out bool anomaly)
    {
        text = text.Trim();
        if (float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float number))
            return TryConvert(number, out anomaly);
        anomaly = Is(text, "true") || Is(text, "anomaly") || Is(text, "outlier");
        return anomaly || Is(text, "false") || Is(text, "normal");
    }

    /// <summary>Reads a label from a number.</summary>
    public static bool TryConvert(float number, out bool anomaly)
    {
        anomaly = number == 1;
        return anomaly || number == 0;
    }

    private static bool Is(ReadOnlySpan<char> text, string word) => text.Equals(word, StringComparison.OrdinalIgnoreCase);
}
