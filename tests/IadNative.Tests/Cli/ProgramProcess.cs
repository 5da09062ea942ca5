using System.Diagnostics;

namespace IadNative.Tests.Cli;

/// <summary>Starts a program of this repository as a process of its own.</summary>
internal static class ProgramProcess
{
    /// <summary>Starts it with both outputs redirected; ignores the test where there is nothing to start it with.</summary>
    public static Process Start(string program, params string[] args)
    {
        string[] command = Command(program, args);
        return Start(new ProcessStartInfo(command[0], command[1..]));
    }

    /// <summary>The same with input that the test writes.</summary>
    public static Process StartWithInput(string program, params string[] args)
    {
        string[] command = Command(program, args);
        return Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true });
    }

    /// <summary>The same by a shell, which first does something: closes a stream, say, by <c>exec 2&gt;&amp;-</c>.</summary>
    public static Process StartByShell(string first, string program, params string[] args) =>
        Start(new ProcessStartInfo("/bin/sh", ["-c", $"{first}\nexec \"$@\"", "sh", .. Command(program, args)]));

    /// <summary>The program's file with what runs it, and its arguments.</summary>
    public static string[] Command(string program, params string[] args) =>
    [
        Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
        Path.Combine(TestContext.CurrentContext.TestDirectory, program + ".dll"), .. args,
    ];

    private static Process Start(ProcessStartInfo start)
    {
        start.RedirectStandardError = start.RedirectStandardOutput = true;
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            Assert.Ignore($"There is no '{start.FileName}' to start the program with: {exception.Message}");
            throw;
        }
    }
}
