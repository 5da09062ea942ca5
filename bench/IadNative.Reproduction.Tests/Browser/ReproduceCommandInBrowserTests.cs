using IadNative.Tests.Browser;

namespace IadNative.Reproduction.Tests.Browser;

/// <summary>The pages that the program writes, as a reader sees them.</summary>
[Category("Browser")]
internal sealed class ReproduceCommandInBrowserTests
{
    private static readonly TestCaseData[] s_pages = [.. ReproducedFolder.Experiments.Where(each => each.Name != "figure5")
        .SelectMany(_ => (bool[])[false, true], (each, onPhone) => new TestCaseData(each.Name, each.Pictures, onPhone)
            .SetArgDisplayNames(each.Name, onPhone ? "phone-dark" : "desktop"))];

    private BrowserSession? _browser;

    [OneTimeSetUp]
    public async Task Start() => _browser = await BrowserSession.StartAsync();

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (_browser is not null) await _browser.DisposeAsync();
    }

    [TestCaseSource(nameof(s_pages))]
    public async Task A_page_shows_its_data_and_its_numbers(string name, int pictures, bool onPhone)
    {
        (int width, int height) = onPhone ? (390, 844) : (1280, 900);
        OpenPage page = await _browser!.OpenAsync(ReproducedFolder.File(name + ".html"), width, height, dark: onPhone);
        Assert.That(await page.DataMarksAsync(), Has.Length.EqualTo(pictures).And.All.GreaterThan(0));
        Assert.That(await page.EvaluateAsync<double>("document.documentElement.scrollWidth"), Is.LessThanOrEqualTo(width));
        Assert.That(await page.EvaluateAsync<int>("document.querySelectorAll('.table tbody tr').length"), Is.GreaterThan(2));
        Assert.That(await page.EvaluateAsync<int>(
            "[...document.querySelectorAll('figure text')].filter(t => t.textContent.includes('AUC')).length"),
            name is "figure4" || pictures == 0 ? Is.Zero : Is.GreaterThan(0));
        await page.ScreenshotAsync($"reproduce-{name}-{(onPhone ? "phone-dark" : "desktop")}");
        Assert.That(page.Complaints, Is.Empty);
    }
}
