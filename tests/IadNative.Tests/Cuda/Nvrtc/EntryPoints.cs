using System.Text.RegularExpressions;
using IadNative.Cuda.Interop;

namespace IadNative.Tests.Cuda.Nvrtc;

/// <summary>The entry points that the product calls, which are those of the fake library, and NVIDIA's own libraries.</summary>
internal static partial class EntryPoints
{
    private static readonly string[] s_called = [.. Definition().Matches(CCompiler.Source("FakeCuda.c")).Select(match => match.Groups[1].Value)];

    /// <summary>Asserts that a library has all with a prefix.</summary>
    /// <param name="library">NVIDIA's library.</param>
    /// <param name="prefix"><c>cu</c>, <c>nvrtc</c> or <c>cublas</c>.</param>
    public static void AreIn(LoadedLibrary library, string prefix)
    {
        string[] called = [.. s_called.Where(name => Regex.IsMatch(name, $"^{prefix}[A-Z]"))];
        Assert.That(called, Has.Length.GreaterThan(8));
        Assert.Multiple(() =>
        {
            foreach (string name in called)
                Assert.That(() => library.Export(name), Throws.Nothing);
        });
    }

    [GeneratedRegex(@"^(?:int|const char\*) ((?:cu|nvrtc|cublas)[A-Za-z]\w*)\(", RegexOptions.Multiline)]
    private static partial Regex Definition();
}
