using System.Text;
using System.Xml.Linq;
using IadNative.Cli.Plots;
using IadNative.Models;
using IadNative.Reproduction.Drawings;
using IadNative.Reproduction.Figures;

namespace IadNative.Reproduction.Tests.Drawings;

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
            "Deep SVDD", "Average", "performance gain ratio (%)", "Cardio 9.6%", "MNIST 20%", "-4000, -4000, -4000, -4000",
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

    [TestCase("table3", "Deep SVDD, 20% anomalies", "Deep SVDD, 10% anomalies", "Deep SVDD, 5% anomalies", "MAF, 20% anomalies",
        "MAF, 10% anomalies", "MAF, 5% anomalies", "Autoencoder, 20% anomalies", "Autoencoder, 10% anomalies",
        "Autoencoder, 5% anomalies")]
    [TestCase("table4", "Deep SVDD", "MAF", "Autoencoder")]
    [TestCase("table5", "Autoencoder", "Autoencoder, ensembles of 5")]
    public void What_a_table_tells_apart_has_panels_of_its_own(string experiment, params string[] titles)
    {
        CellSummary[] cells = [.. Experiments.All.Single(each => each.Name == experiment).Cells
            .Select(cell => PaperSamples.Summary(cell, usable: true))];
        FigureSheet sheet = PaperFigures.Draw(PaperSamples.Report(experiment, null, cells))!;
        Assert.That(sheet.Panels.Select(panel => panel.Title), Is.EqualTo(titles));
        Assert.That(sheet.Panels.Select(panel => panel.Id), Is.Unique.And.All.Matches("^[a-z0-9-]+$"));
        Assert.That(sheet.Panels.Select(panel => panel.Description), Is.Unique);
    }

    [Test]
    public void Each_method_of_table_6_has_a_panel_and_its_name_in_the_legend()
    {
        Cell[] cells = [.. Experiments.All.Single(each => each.Name == "table6").Cells];
        FigureSheet sheet = PaperFigures.Draw(PaperSamples.Report("table6", null, [.. cells.Select(cell => PaperSamples.Summary(cell, usable: true))]))!;
        Assert.That(sheet.Panels.Select(panel => panel.Title), Is.EqualTo(cells.Select(cell => cell.Method).OfType<string>().Distinct()));
        Assert.That(sheet.Panels.Select(panel => panel.Id), Is.Unique.And.All.Matches("^[a-z0-9-]+$"));
        string svg = Encoding.UTF8.GetString(sheet.ToSvg());
        foreach (string text in (string[])["DRAE", "IAD (MAF)", "equal"]) Assert.That(svg.Split($">{text}<"), Has.Length.GreaterThan(2), text);
        Assert.That(svg, Does.Not.Contain(">Base<").And.Not.Contain(">IAD-Best<"));
    }

    [Test]
    public void A_bar_that_is_cut_off_says_how_far_it_goes()
    {
        TerminationFigure figure = PaperSamples.Termination with
        {
            Average = Criteria.All.ToDictionary(name => name, name => name == "otsu" ? -387.4 : 30),
        };
        string svg = PaperFigures.Draw(PaperSamples.Report("figure4", figure))!.Panels[^1].ToInlineSvg();
        Assert.That(svg, Does.Contain(">-387<"));
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
