using System.Diagnostics;

namespace IadNative.Tests.Build;

/// <summary>The sources of the checkout in another folder, as a fresh clone has them: nothing is built yet.</summary>
internal sealed class SourceCopy
{
    private static readonly string[] s_built = ["bin", "obj", "artifacts", "TestResults"];

    /// <summary>Copies them.</summary>
    /// <param name="root">A folder that is not there yet.</param>
    public SourceCopy(string root)
    {
        Root = root;
        Copy(new DirectoryInfo(Checkout.Root), root);
    }

    /// <summary>Where they are.</summary>
    public string Root { get; }

    /// <summary>A path in it.</summary>
    public string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>Runs the SDK in it, which must succeed; returns what it printed.</summary>
    public string Dotnet(params string[] arguments) => Dotnet(Root, arguments);

    /// <summary>Runs git in it, which must succeed; ignores the test where there is none.</summary>
    public void Git(params string[] arguments)
    {
        try
        {
            Run("git", Root, arguments);
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            Assert.Ignore($"There is no git: {exception.Message}");
        }
    }

    /// <summary>Runs the SDK in a folder, which must succeed; returns what it printed.</summary>
    public static string Dotnet(string folder, string[] arguments) => Run("dotnet", folder, arguments);

    /// <summary>Runs a program in a folder, which must succeed; returns what it printed.</summary>
    public static string Run(string program, string folder, string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            Environment = { ["MSBUILDDISABLENODEREUSE"] = "1", ["DOTNET_CLI_UI_LANGUAGE"] = "en" },
        };
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, output);
        return output;
    }

    private static void Copy(DirectoryInfo from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (FileInfo file in from.EnumerateFiles().Where(file => file.Name != ".git")) file.CopyTo(Path.Combine(to, file.Name));
        foreach (DirectoryInfo folder in from.EnumerateDirectories().Where(folder => folder.Name != ".git" && !s_built.Contains(folder.Name)))
            Copy(folder, Path.Combine(to, folder.Name));
    }
}
