using IadNative.Cli;
using IadNative.Tests.Cli;

namespace IadNative.Tests.Browser;

/// <summary>The page of <c>iad fit --report</c>.</summary>
internal sealed class FitReportInBrowserTests : PageInBrowserTests
{
    protected override int Pictures => 8;

    protected override void WritePage(TestFolder folder, string page)
    {
        CliRun run = CliRun.Of("fit", folder.WriteCsv(), "--label", "label", "--model", "svdd", "--seeds", "3", "--rounds", "5", "--epochs", "2",
            "--report", page);
        Assert.That(run.Code, Is.EqualTo(ExitCodes.Success), run.Err);
    }
}
