using System.Text;
using IadNative.Bench.Versus;
using IadNative.Persistence;

namespace IadNative.Bench.Detection;

/// <summary>A page of measurements, which names the machine.</summary>
internal static class MeasuredPage
{
    /// <summary>Writes a page with the machine below it to a file, or prints it.</summary>
    /// <param name="page">Its Markdown.</param>
    /// <param name="file">The file; null for standard output.</param>
    public static void Write(string page, string? file)
    {
        page += $"\nMachine: {Machine.Describe()}, .NET {Environment.Version}.\n";
        if (file is null) Console.Write(page);
        else AtomicFile.Write(file, stream => stream.Write(Encoding.UTF8.GetBytes(page)));
    }
}
