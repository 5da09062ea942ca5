using IadNative.Reproduction.Drawings;
using IadNative.Reproduction.Tests.Drawings;

namespace IadNative.Reproduction.Tests;

internal sealed class ReproductionPageTests
{
    [Test]
    public void The_page_sets_our_numbers_beside_the_papers()
    {
        string html = Page(PaperSamples.Table());
        string[] texts =
        [
            "64.5 ± 5.4", "60.0 ± 0.0", "-4.5", "Pictures", "Numbers", "Alarms", "Settings", "Origin",
            "<td>1.2.3, CPU</td>", "trained by (2)",
        ];
        foreach (string text in texts)
            Assert.That(html, Does.Contain(text));
        Assert.That(html, Does.Contain("<title>The &lt;table2&gt;</title>").And.Contain("The loss is &lt;not&gt; finite."));
        Assert.That(html, Does.Contain("<code>IadNative.Reproduction &lt;table2&gt;</code>").And.Contain("id=\"table2-svdd-title\""));
        Assert.That(html, Does.Contain("2 of 6 numbers are within").And.Contain("IAD improves on Base in 1 of 2 cells"));
    }

    [Test]
    public void A_search_lists_its_settings()
    {
        ReproductionReport report = PaperSamples.Table() with
        {
            Ranking = [new RankedSetting("svdd", "--epochs 3", 0.0456, 9, 4, 0, 2)],
        };
        Assert.That(Page(report), Does.Contain("<td>--epochs 3</td>").And.Contain("<td>4.56</td>").And.Contain("<td>2</td>")
            .And.Not.Contain("<svg"));
    }

    private static string Page(ReproductionReport report) =>
        ReproductionPage.Of("IadNative.Reproduction <table2>", report, PaperFigures.Draw(report)).ToString();
}
