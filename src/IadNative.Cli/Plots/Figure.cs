using System.Globalization;
using ScottPlot;

namespace IadNative.Cli.Plots;

/// <summary>A drawn picture.</summary>
/// <param name="Id">A short name of letters, digits and hyphens: what its identifiers in a page begin with.</param>
/// <param name="Title">What it is called.</param>
/// <param name="Description">What there is to be seen, for readers who cannot see it.</param>
/// <param name="Plot">The drawing.</param>
internal sealed record Figure(string Id, string Title, string Description, Plot Plot)
{
    /// <summary>Pixels; texts of 12 pixels stay readable where a phone shows it smaller.</summary>
    public const int Width = 440, Height = 300;

    /// <summary>An SVG element for a page: without title and background, as wide as there is room.</summary>
    public string ToInlineSvg() => SvgText.Inline(Invariantly(() => Plot.GetSvgXml(Width, Height)), Id, Description);

    /// <summary>Numbers at the axes follow the culture of the thread that draws; here they are the same everywhere.</summary>
    public static T Invariantly<T>(Func<T> draw)
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        try
        {
            return draw();
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
