using System.Text;
using System.Xml.Linq;
using IadNative.Cli.Plots;
using IadNative.Cli.Plots.Paper;
using IadNative.Cli.Reproduction;
using IadNative.Cli.Reproduction.Figures;

namespace IadNative.Tests.Plots;

/// <summary>The pictures of the paper's figures, from records made by hand.</summary>
internal sealed class PaperFigureTests
{
    private static readonly XNamespace s_svg = "http://www.w3.org/2000/svg";

    private static readonly TestCaseData[] s_figures =
    [
        Case("figure3", PaperSamples.Contamination, 2,
            "Deep SVDD", "Autoencoder", "AUC (%)", "anomalies in the data (%, logarithmic)", "0.1", "31.6",
            "Base", "IAD", "Base, paper", "IAD, paper"),
        Case("figure4", PaperSamples.Termination, 2,
            "Deep SVDD", "Average", "performance gain ratio (%)", "Cardio 9.6%", "MNIST 20%",
            "rank-flip", "fixed:5", "last", "otsu", "here", "paper"),
        Case("figure5", PaperSamples.Weights, 8,
            "(a) Weights, average", "(a) Weights, median", "(b) Distribution over anomalies", "(c) Features, Base: AUC 80.0%",
            "(c) Scores, IAD, round 3", "round t", "median importance weight", "density", "round 4", "t-SNE 1", "t-SNE 2",
            "25%, 50%, 75% of all", "anomaly score (logarithmic)", "normal samples", "anomalies"),
        Case("figure6", PaperSamples.Temperature, 2, "MAF, Cardio", "MAF, Thyroid", "1/τ", "AUC (%)", "16", "IAD-Best"),
    ];

    [TestCaseSource(nameof(s_figures))]
    public void A_figure_names_its_axes_lines_and_panels(string name, FigureData data, int panels, string[] texts)
    {
        FigureSheet sheet = PaperFigures.Draw(PaperSamples.Report(name, data))!;
        Assert.That(sheet.Panels, Has.Count.EqualTo(panels));
        Assert.That(sheet.Panels.Select(panel => panel.Id), Is.Unique.And.All.StartsWith(name + "-"));
        string svg = Encoding.UTF8.GetString(sheet.ToSvg());
        string[] written = [.. XDocument.Parse(svg).Descendants(s_svg + "text").Select(text => text.Value)];
        Assert.That(texts, Is.SubsetOf(written));
        Assert.That(svg, Does.Not.Contain("NaN").And.Not.Contain("inf"));
        FigureSheet again = PaperFigures.Draw(PaperSamples.Report(name, data))!;
        Assert.That(Encoding.UTF8.GetString(again.ToSvg()), Is.EqualTo(svg), "drawn again");
    }

    [Test]
    public void A_table_is_drawn_over_the_paper_where_there_are_results()
    {
        FigureSheet sheet = PaperFigures.Draw(PaperSamples.Table())!;
        Assert.That(sheet.Panels.Select(panel => panel.Title), Is.EqualTo(new[] { "Deep SVDD" }));
        string svg = Encoding.UTF8.GetString(sheet.ToSvg());
        foreach (string text in (string[])["paper: AUC (%)", "here: AUC (%)", "Base", "IAD", "IAD-Best", "equal"])
            Assert.That(svg, Does.Contain($">{text}<"));
    }

    [Test]
    public void Where_all_results_are_missing_there_is_no_picture()
    {
        CellSummary failed = PaperSamples.Cell("ae", "thyroid", usable: false);
        foreach (FigureData? data in (FigureData?[])
            [null, ContaminationFigure.Of([failed]), TemperatureFigure.Of([failed]), TerminationFigure.Of([failed])])
        {
            Assert.That(PaperFigures.Draw(PaperSamples.Report("any", data, failed)), Is.Null);
        }
    }

    [Test]
    public void What_is_missing_is_left_out()
    {
        TemperatureFigure figure = new([.. PaperSamples.Temperature.Panels, new("ae", "cardio", [new(4, null, null, null)])]);
        Assert.That(PaperFigures.Draw(PaperSamples.Report("figure6", figure))!.Panels, Has.Count.EqualTo(2));
    }

    private static TestCaseData Case(string name, FigureData data, int panels, params string[] texts) =>
        new TestCaseData(name, data, panels, texts).SetArgDisplayNames(name);
}
