using PuppeteerSharp;
using PuppeteerSharp.Media;

namespace IadNative.Tests.Browser;

/// <summary>A headless browser of this machine. Where there is none, the tests that need one say so and are ignored.</summary>
internal sealed class BrowserSession : IAsyncDisposable
{
    /// <summary>Names the browser's executable.</summary>
    public const string Variable = "IAD_BROWSER";

    private static readonly string[] s_names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

    // A browser that runs as root cannot shut itself in; what it opens here are our own files. The rest keeps it off the
    // network.
    private static readonly string[] s_arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    ];

    private readonly IBrowser _browser;

    private BrowserSession(IBrowser browser) => _browser = browser;

    /// <summary>Starts a browser with a profile of its own.</summary>
    public static async Task<BrowserSession> StartAsync()
    {
        if (Find() is not { } path)
        {
            Assert.Ignore($"No browser was found: looked for {string.Join(", ", s_names)} on the PATH; {Variable} names another.");
            throw new InvalidOperationException();
        }

        return new BrowserSession(await Puppeteer.LaunchAsync(
            new LaunchOptions { ExecutablePath = path, Headless = true, Args = s_arguments }));
    }

    /// <summary>Opens a file and waits until it is loaded.</summary>
    public async Task<OpenPage> OpenAsync(string file, int width, int height, bool dark = false)
    {
        IPage page = await _browser.NewPageAsync();
        var opened = new OpenPage(page);
        await page.SetViewportAsync(
            new ViewPortOptions { Width = width, Height = height, IsMobile = width < 600, DeviceScaleFactor = 2 });
        await page.EmulateMediaFeaturesAsync(
            [new MediaFeatureValue { MediaFeature = MediaFeature.PrefersColorScheme, Value = dark ? "dark" : "light" }]);
        await page.GoToAsync(new Uri(file).AbsoluteUri, WaitUntilNavigation.Load);
        return opened;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _browser.DisposeAsync();

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named) return named;
        string[] folders = [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Where(Path.IsPathFullyQualified)];
        return s_names.SelectMany(name => folders, (name, folder) => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }
}
