using System.Diagnostics;

namespace IadNative.Tests.Cli;

/// <summary>Starts the command as a process of its own.</summary>
internal static class IadProcess
{
    /// <summary>Starts it with both outputs redirected; ignores the test where there is nothing to start it with.</summary>
    public static Process Start(params string[] args)
    {
        string program = Path.Combine(TestContext.CurrentContext.TestDirectory, "iad.dll");
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var start = new ProcessStartInfo(host, [program, .. args]) { RedirectStandardError = true, RedirectStandardOutput = true };
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            Assert.Ignore($"There is no '{host}' to start the command with: {exception.Message}");
            throw;
        }
    }
}
