using System.ComponentModel;
using IadNative.Bench.Versus;

namespace IadNative.Tests.Bench;

/// <summary>Where programs that are measured beside ours are taken from.</summary>
[Platform("Linux")]
public sealed class ShellTests
{
    [Test]
    public void A_program_is_taken_from_the_path_and_not_from_the_current_folder()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("iad-shell-");
        string before = Environment.CurrentDirectory;
        string? path = Environment.GetEnvironmentVariable("PATH");
        try
        {
            string decoy = Path.Combine(folder.FullName, "decoy"), own = Path.Combine(folder.CreateSubdirectory("bin").FullName, "own");
            File.WriteAllText(decoy, "");
            File.WriteAllText(own, "");
            Environment.CurrentDirectory = folder.FullName;
            Environment.SetEnvironmentVariable("PATH", $":.:bin:{Path.GetDirectoryName(own)}:");
            Assert.That(() => Shell.Find("decoy"), Throws.TypeOf<Win32Exception>().With.Message.Contains("no decoy on the PATH"));
            Assert.That(Shell.Find("own"), Is.EqualTo(own));
            Assert.That(Shell.Find("./decoy"), Is.EqualTo(decoy), "a path is what it says");
        }
        finally
        {
            Environment.SetEnvironmentVariable("PATH", path);
            Environment.CurrentDirectory = before;
            folder.Delete(recursive: true);
        }
    }
}
