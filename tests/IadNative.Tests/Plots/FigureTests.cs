using System.Globalization;
using System.Xml.Linq;
using IadNative.Cli.Plots;
using IadNative.Iad;
using IadNative.Tests.Cli;

namespace IadNative.Tests.Plots;

/// <summary>The pictures of a fit, drawn from data made by hand.</summary>
internal sealed class FigureTests
{
    private static readonly XNamespace s_svg = "http://www.w3.org/2000/svg";
    private static readonly float[] s_scores = [.. Enumerable.Range(0, 200).Select(i => 1e-5f * MathF.Exp(i / 15f))];
    private static readonly bool[] s_labels = [.. Enumerable.Range(0, 200).Select(i => i > 170)];
    private static readonly float[] s_weights = [.. Enumerable.Range(0, 200).Select(i => i / 199f)];

    private static readonly TestCaseData[] s_figures =
    [
        Case("rank flips", () => RankFlipPlot.Draw(FitSamples.Result(true).Runs),
            "round t", "rank flips h (samples)", "selected rounds"),
        Case("rank flips of one run", () => RankFlipPlot.Draw(FitSamples.Result(true, 1).Runs), "round t", "h", "selected round"),
        Case("AUC", () => AucPlot.Draw(FitSamples.Result(true).Runs), "AUC (%)", "mean ± standard deviation", "untrained"),
        Case("loss", () => LossPlot.Draw(FitSamples.Result(true).Runs), "weighted loss per sample"),
        Case("weights", () => WeightPlot.Draw(FitSamples.Result(true).Runs),
            "normal samples", "anomalies", "mean importance weight"),
        Case("weights without labels", () => WeightPlot.Draw(FitSamples.Result(false).Runs), "mean", "median"),
        Case("weight histogram", () => WeightHistogram.Draw(s_weights, s_labels),
            "importance weight", "share of its class (%)", "anomalies"),
        Case("scores", () => ScoreHistogram.Draw(s_scores, s_labels, 0.2f),
            "anomaly score (logarithmic)", "threshold", "10⁻⁴", "0.1"),
        Case("scores without labels", () => ScoreHistogram.Draw(s_weights, null, 0.5f),
            "anomaly score", "all samples", "threshold"),
        Case("ROC", () => RocPlot.Draw(s_scores, s_labels),
            "false positive rate (%)", "true positive rate (%)", "detector, AUC 100.0%"),
        Case("precision and recall", () => PrecisionRecallPlot.Draw(s_scores, s_labels), "recall (%)", "precision (%)", "chance"),
    ];

    [TestCaseSource(nameof(s_figures))]
    public void A_figure_names_its_axes_and_lines_and_is_the_same_every_time(Func<Figure> draw, string[] texts)
    {
        Figure figure = draw();
        string inline = figure.ToInlineSvg();
        XElement svg = XElement.Parse(inline);
        string[] written = [.. svg.Descendants(s_svg + "text").Select(text => text.Value)];
        Assert.That(texts, Is.SubsetOf(written));
        Assert.That(svg.Descendants(s_svg + "path").Count(), Is.GreaterThan(3));
        Assert.That(inline, Does.Not.Contain("NaN").And.Not.Contain("inf"));
        Assert.That(svg.Attribute("viewBox")!.Value, Is.EqualTo("0 0 440 300"));
        Assert.That(svg.Element(s_svg + "title")!.Value, Is.EqualTo(figure.Description));

        Figure again = draw();
        Assert.That(figure.ToInlineSvg(), Is.EqualTo(inline), "drawn twice");
        Assert.That(again.ToInlineSvg(), Is.EqualTo(inline), "made twice");
    }

    [Test]
    public void Identifiers_begin_with_the_figure_and_are_found()
    {
        XElement svg = XElement.Parse(RocPlot.Draw(s_scores, s_labels).ToInlineSvg());
        string[] names = [.. svg.Descendants().Attributes("id").Select(id => id.Value)];
        Assert.That(names, Is.Unique.And.Not.Empty);
        Assert.That(names, Has.All.StartsWith("roc-"));
        string[] used = [.. svg.Descendants().Attributes("clip-path").Select(clip => clip.Value)];
        Assert.That(used, Is.Not.Empty);
        Assert.That(used, Is.SubsetOf(names.Select(name => $"url(#{name})")));
    }

    [Test]
    public void A_figure_is_the_same_in_every_culture()
    {
        string expected = LossPlot.Draw(FitSamples.Result(true).Runs).ToInlineSvg();
        CultureInfo before = CultureInfo.CurrentCulture;
        var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        comma.NumberFormat.NumberDecimalSeparator = ",";
        try
        {
            CultureInfo.CurrentCulture = comma;
            Assert.That(LossPlot.Draw(FitSamples.Result(true).Runs).ToInlineSvg(), Is.EqualTo(expected));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Test]
    public void A_run_that_never_finished_a_round_does_not_spoil_the_pictures()
    {
        RunReport[] runs = [.. FitSamples.Result(true).Runs];
        runs[1] = runs[1] with { Rounds = [], SelectedRound = -1, UntrainedAuc = null };
        foreach (Figure figure in (Figure[])
            [RankFlipPlot.Draw(runs), AucPlot.Draw(runs), LossPlot.Draw(runs), WeightPlot.Draw(runs)])
        {
            Assert.That(figure.ToInlineSvg(), Does.Not.Contain("NaN").And.Contain(">round t"));
        }
    }

    [Test]
    public void All_equal_scores_can_be_drawn()
    {
        string svg = ScoreHistogram.Draw([1f, 1f, 1f], null, 1f).ToInlineSvg();
        Assert.That(svg, Does.Not.Contain("NaN").And.Contain("threshold"));
    }

    [Test]
    public void Thinning_keeps_both_ends_and_every_visible_step()
    {
        (double, double)[] many = [.. Enumerable.Range(0, 100_001).Select(i => (i / 1e5, Math.Sqrt(i / 1e5)))];
        IReadOnlyList<(double X, double Y)> few = CurvePlot.Thin(many);
        Assert.That(few, Has.Count.InRange(400, 900));
        Assert.That(few[0], Is.EqualTo(many[0]));
        Assert.That(few[^1], Is.EqualTo(many[^1]));
        double widest = few.Zip(few.Skip(1), (a, b) => Math.Max(b.X - a.X, b.Y - a.Y)).Max();
        Assert.That(widest, Is.LessThan(1 / 300.0));
    }

    private static TestCaseData Case(string name, Func<Figure> draw, params string[] texts) =>
        new TestCaseData(draw, texts).SetArgDisplayNames(name);
}
