using System.Text;
using IadNative.Cli.Plots;
using ScottPlot;
using SkiaSharp;

namespace IadNative.Reproduction.Drawings;

/// <summary>Pictures side by side in one file, each under its title, on white.</summary>
/// <param name="Id">A short name of letters, digits and hyphens.</param>
/// <param name="Description">What there is to be seen, for readers who cannot see it.</param>
/// <param name="Columns">How many stand side by side, if there are as many.</param>
/// <param name="Panels">The pictures, row by row.</param>
internal sealed record FigureSheet(string Id, string Description, int Columns, IReadOnlyList<Figure> Panels)
{
    private const int TitleHeight = 24, Gap = 12;

    /// <summary>How many pixels of a PNG stand for one of the SVG.</summary>
    private const int PngScale = 2;

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private int Across => Math.Min(Columns, Panels.Count);

    private int Width => (Across * (Figure.Width + Gap)) + Gap;

    private int Height => ((Panels.Count + Across - 1) / Across * (Figure.Height + TitleHeight + Gap)) + Gap;

    /// <summary>An SVG file.</summary>
    public byte[] ToSvg()
    {
        using var drawing = new MemoryStream();
        using (SKCanvas canvas = SKSvgCanvas.Create(new SKRect(0, 0, Width, Height), drawing)) Draw(canvas);
        return s_utf8.GetBytes(SvgText.Document(Encoding.UTF8.GetString(drawing.ToArray()), Id, Description));
    }

    /// <summary>A PNG file.</summary>
    public byte[] ToPng()
    {
        using var surface = SKSurface.Create(new SKImageInfo(PngScale * Width, PngScale * Height));
        surface.Canvas.Scale(PngScale);
        Draw(surface.Canvas);
        using SKImage image = surface.Snapshot();
        using SKData png = image.Encode(SKEncodedImageFormat.Png, 100);
        return png.ToArray();
    }

    private void Draw(SKCanvas canvas)
    {
        canvas.Clear(SKColors.White);
        for (int i = 0; i < Panels.Count; i++)
        {
            int left = Gap + (i % Across * (Figure.Width + Gap));
            int top = Gap + (i / Across * (Figure.Height + TitleHeight + Gap));
            PlotFont.Draw(canvas, Panels[i].Title, left + (Figure.Width / 2), top + (TitleHeight * 0.7f), 14);
            Draw(Panels[i], canvas, new PixelRect(
                left, left + Figure.Width, top + TitleHeight + Figure.Height, top + TitleHeight));
        }
    }

    /// <summary>A drawing begins by wiping all that it may paint on.</summary>
    private static void Draw(Figure figure, SKCanvas canvas, PixelRect place)
    {
        figure.Plot.FigureBackground.Color = Colors.White;
        canvas.Save();
        canvas.ClipRect(new SKRect(place.Left, place.Top, place.Right, place.Bottom));
        figure.Render(() => figure.Plot.Render(canvas, place));
        canvas.Restore();
        figure.Plot.FigureBackground.Color = Colors.Transparent;
    }
}
