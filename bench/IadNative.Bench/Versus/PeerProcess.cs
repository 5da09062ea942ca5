using System.Diagnostics;
using System.Globalization;
using IadNative.Bench.Versus.Exchange;

namespace IadNative.Bench.Versus;

/// <summary>The process of the other libraries, at work on one problem.</summary>
internal sealed class PeerProcess : IDisposable
{
    private static readonly string s_folder = Path.Combine(Repository.Root, "artifacts", "versus", "peers");

    private readonly Process _process;

    /// <summary>Starts it on the problem in a folder.</summary>
    public PeerProcess(string problem)
    {
        var start = new ProcessStartInfo(Shell.Find("dotnet"), [Path.Combine(s_folder, "IadNative.Peers.dll"), problem])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        _process = Process.Start(start)!;
        Greeting = Read<Greeting>();
    }

    public Greeting Greeting { get; }

    /// <summary>Builds it; the first time fetches its packages.</summary>
    public static void Build() => Shell.Run(
        "dotnet", "build", Path.Combine("bench", "IadNative.Peers", "IadNative.Peers.csproj"), "-c", "Release", "-o", s_folder,
        Shell.NoServers);

    /// <summary>Lets a contestant do a number of units.</summary>
    public Measurement Run(int contestant, int count)
    {
        _process.StandardInput.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{contestant} {count}"));
        _process.StandardInput.Flush();
        return Read<Measurement>();
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private T Read<T>() => ExchangeJson.Read<T>(
        _process.StandardOutput.ReadLine()
        ?? throw new InvalidOperationException("The process of the peers ended; its error is above."));
}
