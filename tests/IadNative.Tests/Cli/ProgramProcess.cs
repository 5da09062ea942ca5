using System.Diagnostics;

namespace IadNative.Tests.Cli;

/// <summary>Starts a program of this repository as a process of its own.</summary>
internal static class ProgramProcess
{
    /// <summary>Starts it with both outputs redirected; ignores the test where there is nothing to start it with.</summary>
    public static Process Start(string program, params string[] args) => Start(program, input: false, args);

    /// <summary>Starts it, and redirects standard input too where it is asked for.</summary>
    public static Process Start(string program, bool input, params string[] args)
    {
        string file = Path.Combine(TestContext.CurrentContext.TestDirectory, program + ".dll");
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var start = new ProcessStartInfo(host, [file, .. args]) 
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            RedirectStandardInput = input,
        };
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            Assert.Ignore($"There is no '{host}' to start the program with: {exception.Message}");
            throw;
        }
    }
}
