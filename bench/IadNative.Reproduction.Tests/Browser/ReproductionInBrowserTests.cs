using IadNative.Cli.Html;
using IadNative.Reproduction.Drawings;
using IadNative.Reproduction.Tests.Drawings;
using IadNative.Tests.Browser;
using IadNative.Tests.Cli;

namespace IadNative.Reproduction.Tests.Browser;

/// <summary>The page of the program.</summary>
internal sealed class ReproductionInBrowserTests : PageInBrowserTests
{
    protected override int Pictures => 8;

    protected override void WritePage(TestFolder folder, string page)
    {
        ReproductionReport report = PaperSamples.Report("figure5", PaperSamples.Weights,
            PaperSamples.Cell("svdd", "arrhythmia", usable: true));
        Page.Write(page, ReproductionPage.Of("IadNative.Reproduction figure5", report, PaperFigures.Draw(report)));
    }
}
