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
    public string ToInlineSvg()
    {
        string drawing = "";
        Render(() => drawing = Plot.GetSvgXml(Width, Height));
        return SvgText.Inline(drawing, Id, Description);
    }

    /// <summary>
    /// Draws after the layout is settled, so that nothing is drawn twice, and with numbers at the axes that are the same in every
    /// culture.
    /// </summary>
    public void Render(Action draw)
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        try
        {
            Plot.RenderInMemory(Width, Height);
            draw();
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
