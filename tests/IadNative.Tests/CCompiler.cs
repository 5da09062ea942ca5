using System.Diagnostics;

namespace IadNative.Tests;

/// <summary>This machine's C compiler.</summary>
internal static class CCompiler
{
    /// <summary>Its path, or null.</summary>
    public static string? Find() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Where(Path.IsPathFullyQualified)
        .SelectMany(folder => new[] { "cc", "gcc", "clang", "clang-19" }.Select(name => Path.Combine(folder, name)))
        .FirstOrDefault(File.Exists);

    /// <summary>The text of a C file among the resources of the tests.</summary>
    public static string Source(string resource)
    {
        using var reader = new StreamReader(typeof(CCompiler).Assembly.GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }

    /// <summary>Builds a library, or skips the running test where there is no compiler.</summary>
    /// <param name="source">The text.</param>
    /// <param name="library">The file to make.</param>
    /// <param name="options">More words for the compiler.</param>
    public static void BuildLibrary(string source, string library, params string[] options)
    {
        if (Find() is not { } compiler)
        {
            Assert.Ignore("No C compiler (cc, gcc or clang) is on the PATH.");
            return;
        }

        string[] words = ["-x", "c", "-shared", "-fPIC", "-pthread", "-O1", "-w", .. options, "-o", library, "-", "-ldl"];
        using Process process = Process.Start(new ProcessStartInfo(compiler, words)
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
        })!;
        process.StandardInput.Write(source);
        process.StandardInput.Close();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, errors);
    }
}
