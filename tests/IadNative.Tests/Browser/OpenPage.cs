using PuppeteerSharp;

namespace IadNative.Tests.Browser;

/// <summary>A page in a browser, with everything that went wrong in it.</summary>
internal sealed class OpenPage
{
    private readonly IPage _page;
    private readonly List<string> _complaints = [];

    /// <summary>Listens to a page that is not loaded yet.</summary>
    public OpenPage(IPage page)
    {
        _page = page;
        page.Console += (_, line) => Add($"console: {line.Message.Type} {line.Message.Text}");
        page.PageError += (_, error) => Add($"error: {error.Message}");
        page.RequestFailed += (_, request) => Add($"failed: {request.Request.Url}");
        page.Request += (_, request) =>
        {
            if (!request.Request.Url.StartsWith("file:", StringComparison.Ordinal)
                && !request.Request.Url.StartsWith("data:", StringComparison.Ordinal)) Add($"loads: {request.Request.Url}");
        };
    }

    /// <summary>Console lines, errors, and requests for anything but the file itself.</summary>
    public IReadOnlyList<string> Complaints
    {
        get
        {
            lock (_complaints) return [.. _complaints];
        }
    }

    /// <summary>The value of an expression in the page.</summary>
    public Task<T> EvaluateAsync<T>(string expression) => _page.EvaluateExpressionAsync<T>(expression);

    /// <summary>Takes a picture of the whole page and attaches it to the test's results.</summary>
    public async Task ScreenshotAsync(string name)
    {
        string file = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"{name}.png");
        await _page.ScreenshotAsync(file, new ScreenshotOptions { FullPage = true });
        TestContext.AddTestAttachment(file);
    }

    private void Add(string complaint)
    {
        lock (_complaints) _complaints.Add(complaint);
    }
}
