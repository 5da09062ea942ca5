using ScottPlot;
using SkiaSharp;

namespace IadNative.Cli.Plots;

/// <summary>
/// The font of all pictures. It comes with the program, so that the same data give the same picture on every machine, also where
/// no fonts are installed.
/// </summary>
internal sealed class PlotFont : IFontResolver
{
    /// <summary>Its name.</summary>
    public const string Name = "DejaVu Sans";

    private static readonly Lazy<SKTypeface> s_typeface = new(() =>
    {
        using Stream file = typeof(PlotFont).Assembly.GetManifestResourceStream("DejaVuSans.ttf")!;
        SKTypeface typeface = SKTypeface.FromStream(file);
        Fonts.FontResolvers.Insert(0, new PlotFont());
        Fonts.Default = Name;
        return typeface;
    });

    private PlotFont()
    {
    }

    /// <summary>Makes it the font of everything that is drawn from now on.</summary>
    public static void Use() => _ = s_typeface.Value;

    /// <summary>The width of a text in pixels.</summary>
    public static float Measure(string text, float size)
    {
        using var font = new SKFont(s_typeface.Value, size);
        return font.MeasureText(text);
    }

    /// <summary>Writes a text around a middle, on a base line.</summary>
    public static void Draw(SKCanvas canvas, string text, float x, float y, float size)
    {
        using var font = new SKFont(s_typeface.Value, size);
        using var ink = new SKPaint { Color = SKColors.Black, IsAntialias = true };
        canvas.DrawText(text, x, y, SKTextAlign.Center, font, ink);
    }

    /// <inheritdoc/>
    public SKTypeface? CreateTypeface(string fontName, bool bold, bool italic) => fontName == Name ? s_typeface.Value : null;

    /// <inheritdoc/>
    public SKTypeface? CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing) =>
        fontName == Name ? s_typeface.Value : null;
}
