using System.Text;
using System.Xml.Linq;
using IadNative.Cli.Plots;
using IadNative.Reproduction.Drawings;
using SkiaSharp;

namespace IadNative.Reproduction.Tests.Drawings;

/// <summary>Pictures side by side, drawn from data made by hand.</summary>
internal sealed class FigureSheetTests
{
    private static readonly XNamespace s_svg = "http://www.w3.org/2000/svg";
    private static readonly float[] s_scores = [.. Enumerable.Range(0, 200).Select(i => 1e-5f * MathF.Exp(i / 15f))];
    private static readonly bool[] s_labels = [.. Enumerable.Range(0, 200).Select(i => i > 170)];

    [Test]
    public void Files_are_white_where_pages_show_through()
    {
        Figure figure = RocPlot.Draw(s_scores, s_labels);
        XElement file = XDocument.Parse(Encoding.UTF8.GetString(Sheet(figure).ToSvg())).Root!;
        Assert.That(file.Attribute("width")!.Value, Is.EqualTo("464"), "the figure and a margin");
        Assert.That(WhiteArea(file), Is.True);
        Assert.That(WhiteArea(XElement.Parse(figure.ToInlineSvg())), Is.False);

        static bool WhiteArea(XElement svg) => svg.Descendants(s_svg + "rect").Any(area =>
            (string?)area.Attribute("fill") == "white" && (string?)area.Attribute("width") == "440");
    }

    [Test]
    public void A_sheet_shows_every_figure_under_its_title()
    {
        FigureSheet sheet = Sheet(RocPlot.Draw(s_scores, s_labels), ScoreHistogram.Draw(s_scores, s_labels, 0.2f),
            PrecisionRecallPlot.Draw(s_scores, s_labels));
        string svg = Encoding.UTF8.GetString(sheet.ToSvg());
        Assert.That(Encoding.UTF8.GetString(sheet.ToSvg()), Is.EqualTo(svg), "drawn twice");
        string[] texts = ["ROC", "Anomaly scores", "Precision and recall", "false positive rate (%)", "anomaly score (logarithmic)"];
        foreach (string text in texts)
            Assert.That(svg, Does.Contain($">{text}<"));

        byte[] png = sheet.ToPng();
        Assert.That(sheet.ToPng(), Is.EqualTo(png), "drawn twice");
        using SKBitmap picture = SKBitmap.Decode(png);
        (int width, int height) = (picture.Width, picture.Height);
        Assert.That((width, height), Is.EqualTo((2 * (12 + 440 + 12 + 440 + 12), 2 * (12 + 324 + 12 + 324 + 12))));
        Assert.That(Ink(0, 0), Is.GreaterThan(2000));
        Assert.That(Ink(width / 2, 0), Is.GreaterThan(2000));
        Assert.That(Ink(0, height / 2), Is.GreaterThan(2000));
        Assert.That(Ink(width / 2, height / 2), Is.Zero, "there is no fourth figure");

        int Ink(int left, int top) => Enumerable.Range(0, width / 2 * (height / 2)).Count(i =>
            picture.GetPixel(left + (i % (width / 2)), top + (i / (width / 2))) != SKColors.White);
    }

    [Test]
    public void A_file_leaves_its_figures_as_they_were()
    {
        Figure[] figures =
        [
            RocPlot.Draw(s_scores, s_labels), PrecisionRecallPlot.Draw(s_scores, s_labels),
            ScoreHistogram.Draw(s_scores, s_labels, 0.2f), WeightHistogram.Draw(s_scores, s_labels),
        ];
        string[] before = [.. figures.Select(figure => figure.ToInlineSvg())];
        _ = Sheet(figures).ToPng();
        Assert.That(figures.Select(figure => figure.ToInlineSvg()), Is.EqualTo(before));
    }

    private static FigureSheet Sheet(params Figure[] figures) => new("sheet", "All of them.", 2, figures);
}
