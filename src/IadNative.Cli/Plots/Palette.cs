using ScottPlot;

namespace IadNative.Cli.Plots;

/// <summary>
/// Colours of Okabe and Ito that colour-blind readers can tell apart. What tells lines apart is never the colour alone.
/// </summary>
internal static class Palette
{
    public static readonly Color Blue = Color.FromHex("#0072B2");
    public static readonly Color Vermillion = Color.FromHex("#D55E00");
    public static readonly Color Green = Color.FromHex("#009E73");
    public static readonly Color Purple = Color.FromHex("#CC79A7");
    public static readonly Color Orange = Color.FromHex("#E69F00");
    public static readonly Color SkyBlue = Color.FromHex("#56B4E9");

    /// <summary>Axes, ticks and text; a page turns it into the colour of its text.</summary>
    public static readonly Color Ink = Colors.Black;

    /// <summary>What stands behind the data: grids and controls. Seen well on white and on black.</summary>
    public static readonly Color Grey = Color.FromHex("#808080");

    /// <summary>Normal samples, everywhere.</summary>
    public static readonly Color Normal = Blue;

    /// <summary>Anomalies, everywhere.</summary>
    public static readonly Color Anomaly = Vermillion;
}
