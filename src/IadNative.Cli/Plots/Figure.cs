using System.Globalization;
using ScottPlot;

namespace IadNative.Cli.Plots;

/// <summary>A drawn picture: as a part of a page, or as a file.</summary>
/// <param name="Id">A short name of letters, digits and hyphens: its file's name, and what its identifiers in a page begin with.</param>
/// <param name="Description">What there is to be seen, for readers who cannot see it.</param>
/// <param name="Plot">The drawing.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
internal sealed record Figure(string Id, string Description, Plot Plot, int Width = 440, int Height = 300)
{
    /// <summary>How much finer a PNG is than the SVG.</summary>
    private const double PngScale = 2;

    /// <summary>An SVG element for a page, without background, as wide as there is room.</summary>
    public string ToInlineSvg() => SvgText.Inline(Drawn(() => Plot.GetSvgXml(Width, Height)), Id, Description);

    /// <summary>An SVG document on white.</summary>
    public string ToSvgFile() => SvgText.Document(OnWhite(() => Plot.GetSvgXml(Width, Height)), Id, Description);

    /// <summary>A PNG file on white, of twice as many pixels.</summary>
    public byte[] ToPng() => OnWhite(() =>
    {
        Plot.ScaleFactor = PngScale;
        byte[] png = Plot.GetImageBytes((int)(PngScale * Width), (int)(PngScale * Height), ImageFormat.Png);
        Plot.ScaleFactor = 1;
        return png;
    });

    private T OnWhite<T>(Func<T> draw)
    {
        Plot.FigureBackground.Color = Colors.White;
        T drawn = Drawn(draw);
        Plot.FigureBackground.Color = Colors.Transparent;
        return drawn;
    }

    /// <summary>Numbers at the axes follow the culture of the thread that draws.</summary>
    private static T Drawn<T>(Func<T> draw)
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
