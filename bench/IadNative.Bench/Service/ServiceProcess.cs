using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using IadNative.Bench.Versus;

namespace IadNative.Bench.Service;

/// <summary>bench/IadNative.Peers.Service, published ahead of time and running with one of those who score.</summary>
internal sealed class ServiceProcess : IDisposable
{
    private const string Listening = "Now listening on: ";

    private readonly Process _process;
    private readonly HttpClient _client;

    public ServiceProcess(string program, string scorer, string folder)
    {
        _process = Process.Start(new ProcessStartInfo(program, [scorer, folder, "--urls=http://127.0.0.1:0"]) { RedirectStandardOutput = true })!;
        string? address = null;
        while (address is null && _process.StandardOutput.ReadLine() is { } line)
        {
            int at = line.IndexOf(Listening, StringComparison.Ordinal);
            if (at >= 0) address = line[(at + Listening.Length)..].Trim();
        }

        if (address is null) throw new InvalidOperationException($"The service with {scorer} ended before it listened; its error is above.");
        _ = _process.StandardOutput.ReadToEndAsync();
        _client = new HttpClient { BaseAddress = new Uri(address) };
        Port = _client.BaseAddress.Port;
    }

    public int Port { get; }

    /// <summary>Bytes that its managed heap has given out.</summary>
    public long Allocated() => long.Parse(_client.GetStringAsync(new Uri("/allocated", UriKind.Relative)).Result, CultureInfo.InvariantCulture);

    /// <summary>Seconds of processor time that it has taken.</summary>
    public double ProcessorSeconds()
    {
        _process.Refresh();
        return _process.TotalProcessorTime.TotalSeconds;
    }

    /// <summary>The scores that it answers.</summary>
    public double[] Scores(string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = _client.PostAsync(new Uri("/score", UriKind.Relative), content).Result;
        using JsonDocument json = JsonDocument.Parse(response.Content.ReadAsStringAsync().Result);
        return [.. json.RootElement.GetProperty("rows").EnumerateArray().Select(row => row.GetProperty("score").GetDouble())];
    }

    public static string Publish()
    {
        string output = Path.Combine(Repository.Root, "artifacts", "service");
        Shell.Run("dotnet",
        [
            "publish", Path.Combine("bench", "IadNative.Peers.Service", "IadNative.Peers.Service.csproj"), "-c", "Release", "-o", output, Shell.NoServers,
            "-r", System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier, "-p:PublishAot=true", "-p:IlcInstructionSet=native",
        ]);
        return Path.Combine(output, OperatingSystem.IsWindows() ? "IadNative.Peers.Service.exe" : "IadNative.Peers.Service");
    }

    public void Dispose()
    {
        _client.Dispose();
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
