using IadNative.Cli.Html;
using IadNative.Cli.Reproduction;
using IadNative.Cli.Reproduction.Drawings;
using IadNative.Tests.Cli;
using IadNative.Tests.Plots;

namespace IadNative.Tests.Browser;

/// <summary>The page of <c>iad reproduce</c>.</summary>
internal sealed class ReproductionInBrowserTests : PageInBrowserTests
{
    protected override int Pictures => 8;

    protected override void WritePage(TestFolder folder, string page)
    {
        ReproductionReport report = PaperSamples.Report("figure5", PaperSamples.Weights,
            PaperSamples.Cell("svdd", "arrhythmia", usable: true));
        Page.Write(page, ReproductionPage.Of("iad reproduce figure5", report, PaperFigures.Draw(report)));
    }
}
