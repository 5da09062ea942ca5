using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;

namespace IadNative.Tests.Samples;

/// <summary>samples/ScoringService as it runs, on a port that the system chose.</summary>
internal sealed partial class RunningService : IDisposable
{
    // However busy the machine: what is waited for comes, or the test fails.
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly HttpClient _client;

    public RunningService(string program, params string[] arguments)
    {
        _process = Process.Start(new ProcessStartInfo(program, [.. arguments, "--urls=http://127.0.0.1:0"]) { RedirectStandardOutput = true })!;
        string? address = null;
        while (address is null && _process.StandardOutput.ReadLine() is { } line)
        {
            if (Address().Match(line) is { Success: true } match) address = match.Groups[1].Value;
        }

        if (address is null) throw new InvalidOperationException("The service ended before it listened.");
        _ = _process.StandardOutput.ReadToEndAsync();
        _client = new HttpClient { BaseAddress = new Uri(address), Timeout = s_patience };
    }

    public async Task<(HttpStatusCode Status, string Body)> Get(string path)
    {
        using HttpResponseMessage response = await _client.GetAsync(path);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public async Task<(HttpStatusCode Status, string Body)> Post(string json)
    {
        using var content = new StringContent(json, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        using HttpResponseMessage response = await _client.PostAsync("/score", content);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public void Dispose()
    {
        _client.Dispose();
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    [GeneratedRegex(@"Now listening on: (http://\S+)")]
    private static partial Regex Address();
}
