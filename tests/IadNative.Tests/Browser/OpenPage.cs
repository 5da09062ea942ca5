using System.Diagnostics;
using System.Text.RegularExpressions;
using PuppeteerSharp;

namespace IadNative.Tests.Browser;

/// <summary>A page in a browser, with everything that went wrong in it.</summary>
internal sealed class OpenPage
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

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

    /// <summary>
    /// Waits until one of <see cref="Complaints"/> matches: the browser sends them on their own, also after the answer to what caused them.
    /// </summary>
    public async Task UntilComplaintAsync(string pattern)
    {
        long start = Stopwatch.GetTimestamp();
        while (!Complaints.Any(complaint => Regex.IsMatch(complaint, pattern)))
        {
            if (Stopwatch.GetElapsedTime(start) > s_patience) Assert.Fail($"Nothing matches {pattern} of:\n{string.Join('\n', Complaints)}");
            await Task.Delay(20);
        }
    }

    /// <summary>The value of an expression in the page.</summary>
    public Task<T> EvaluateAsync<T>(string expression) => _page.EvaluateExpressionAsync<T>(expression);

    /// <summary>
    /// How many marks each picture shows in a colour that only data have: what is bigger than a dot and lies above the axis, not
    /// in the legend.
    /// </summary>
    public Task<int[]> DataMarksAsync() => EvaluateAsync<int[]>("""
        [...document.querySelectorAll('figure svg')].map(svg => {
            const area = svg.getBoundingClientRect();
            const colors = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9'];
            return [...svg.querySelectorAll('path, rect, circle, ellipse, line, polyline, polygon')].filter(mark => {
                const box = mark.getBoundingClientRect(), middle = (box.top + box.bottom) / 2;
                return (colors.includes(mark.getAttribute('fill')) || colors.includes(mark.getAttribute('stroke')))
                    && box.width + box.height > 4 && box.left >= area.left && box.right <= area.right
                    && middle > area.top && middle < area.top + 0.78 * area.height;
            }).length;
        })
        """);

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
