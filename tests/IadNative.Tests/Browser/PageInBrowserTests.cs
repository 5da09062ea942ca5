using IadNative.Tests.Cli;

namespace IadNative.Tests.Browser;

/// <summary>A page that the program writes, as a reader sees it.</summary>
[Category("Browser")]
internal abstract class PageInBrowserTests
{
    private TestFolder? _folder;
    private BrowserSession? _browser;

    /// <summary>How many pictures it has.</summary>
    protected abstract int Pictures { get; }

    /// <summary>Makes the program write the page.</summary>
    protected abstract void WritePage(TestFolder folder, string page);

    private string Page => _folder!.File("page.html");

    [OneTimeSetUp]
    public async Task Start()
    {
        _browser = await BrowserSession.StartAsync();
        _folder = new TestFolder();
        WritePage(_folder, Page);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _folder?.Dispose();
    }

    [TestCase("desktop", 1280, 900, false)]
    [TestCase("desktop-dark", 1280, 900, true)]
    [TestCase("phone", 390, 844, false)]
    [TestCase("phone-dark", 390, 844, true)]
    [TestCase("small-phone", 320, 568, false)]
    public async Task All_pictures_are_seen_without_scrolling_sideways(string name, int width, int height, bool dark)
    {
        OpenPage page = await _browser!.OpenAsync(Page, width, height, dark);
        double[][] boxes = await page.EvaluateAsync<double[][]>(
            "[...document.querySelectorAll('figure svg')].map(s => s.getBoundingClientRect())"
            + ".map(b => [b.left, b.right, b.width, b.height])");
        Assert.That(boxes, Has.Length.EqualTo(Pictures));
        foreach (double[] box in boxes)
        {
            Assert.That(box[0], Is.GreaterThanOrEqualTo(0));
            Assert.That(box[1], Is.LessThanOrEqualTo(width));
            Assert.That(box[2], Is.GreaterThan(200));
            Assert.That(box[3], Is.GreaterThan(100));
        }

        Assert.That(await page.EvaluateAsync<double>("document.documentElement.scrollWidth"), Is.LessThanOrEqualTo(width));
        double smallest = await page.EvaluateAsync<double>(
            "Math.min(...[...document.querySelectorAll('figure svg')].map(s => s.getScreenCTM().a * "
            + "Math.min(...[...s.querySelectorAll('text')].map(t => parseFloat(t.getAttribute('font-size'))))))");
        Assert.That(smallest, Is.GreaterThan(width < 390 ? 6.5 : 8.5), "pixels of the smallest text in a picture");
        await page.ScreenshotAsync($"{GetType().Name}-{name}");
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task Every_picture_shows_data_and_not_axes_alone()
    {
        OpenPage page = await _browser!.OpenAsync(Page, 800, 600);
        Assert.That(await page.DataMarksAsync(), Has.Length.EqualTo(Pictures).And.All.GreaterThan(0));
    }

    [Test]
    public async Task Dark_mode_turns_paper_dark_and_ink_light()
    {
        OpenPage light = await _browser!.OpenAsync(Page, 800, 600);
        OpenPage dark = await _browser!.OpenAsync(Page, 800, 600, dark: true);
        foreach ((OpenPage page, bool bright) in ((OpenPage, bool)[])[(light, true), (dark, false)])
        {
            Assert.That(await Brightness(page, "document.body", "backgroundColor") > 128, Is.EqualTo(bright));
            foreach ((string ink, string property) in ((string, string)[])[("text", "fill"), ("[stroke=black]", "stroke")])
            {
                Assert.That(await Brightness(page, $"document.querySelector('figure svg {ink}')", property) < 128,
                    Is.EqualTo(bright), $"{property} of {ink}");
            }
        }

        static Task<double> Brightness(OpenPage page, string element, string property) => page.EvaluateAsync<double>(
            $"getComputedStyle({element}).{property}.match(/[0-9.]+/g).slice(0, 3).map(Number).reduce((a, b) => a + b) / 3");
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task What_gets_into_it_from_outside_neither_runs_nor_loads_nor_sends(bool policy)
    {
        const string Injected = """
            <script>document.title = 'taken'</script>
            <img id="file" src="picture.svg"><img src="https://example.invalid/picture.png"><img src="x:" onerror="document.title = 'taken'">
            <style>footer { display: none }</style><p id="styled" style="display: none">shown</p>
            <iframe src="picture.svg"></iframe><form id="form" action="https://example.invalid/"></form>
            <base href="https://example.invalid/">
            """;
        await File.WriteAllTextAsync(_folder!.File("picture.svg"), """<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"/>""");
        string text = await File.ReadAllTextAsync(Page);
        if (!policy) text = text.Replace("http-equiv=\"Content-Security-Policy\"", "name=\"nothing\"", StringComparison.Ordinal);
        string injected = _folder.File($"injected-{policy}.html");
        await File.WriteAllTextAsync(injected, text.Replace("<main>", $"<main>{Injected}", StringComparison.Ordinal));

        // Without the policy all of it happens, so that the test sees it.
        OpenPage page = await _browser!.OpenAsync(injected, 800, 600);
        Assert.That(await page.EvaluateAsync<string>("document.title") == "taken", Is.Not.EqualTo(policy), "a script");
        Assert.That(await page.EvaluateAsync<int>("document.getElementById('file').naturalWidth"), Is.EqualTo(policy ? 0 : 40));
        foreach (string styled in (string[])["document.querySelector('footer')", "document.getElementById('styled')"])
            Assert.That(await page.EvaluateAsync<string>($"getComputedStyle({styled}).display") == "none", Is.Not.EqualTo(policy), styled);
        Assert.That(await page.EvaluateAsync<bool>("document.baseURI.startsWith('file:')"), Is.EqualTo(policy), "the base");
        if (policy)
        {
            await page.EvaluateAsync<object?>("document.getElementById('form').submit()");
            foreach (string kind in (string[])["script", "event handler", "style", "image", "framing", "base", "form"])
                await page.UntilComplaintAsync($"(?i)console: .*{kind}.*content security policy");
            Assert.That(await page.EvaluateAsync<string>("location.protocol"), Is.EqualTo("file:"));
        }
        else
        {
            Assert.That(page.Complaints, Has.None.Contains("Content Security Policy"));
        }
    }

    [Test]
    public async Task Pictures_and_tables_are_named_for_readers_who_cannot_see_them()
    {
        OpenPage page = await _browser!.OpenAsync(Page, 800, 600);
        string[] names = await page.EvaluateAsync<string[]>(
            "[...document.querySelectorAll('svg[role=img]')].map(s => s.getAttribute('aria-labelledby'))"
            + ".map(name => document.getElementById(name).textContent)");
        Assert.That(names, Has.Length.EqualTo(Pictures).And.All.Length.GreaterThan(10));
        Assert.That(await page.EvaluateAsync<int>("document.querySelectorAll('table:not(:has(caption))').length"), Is.Zero);
        Assert.That(await page.EvaluateAsync<int>("document.querySelectorAll('th:not([scope])').length"), Is.Zero);
        Assert.That(await page.EvaluateAsync<int>("document.querySelectorAll('h1').length"), Is.EqualTo(1));
        Assert.That(await page.EvaluateAsync<string>("document.documentElement.lang"), Is.EqualTo("en"));
    }
}
