using System.Security.Cryptography;
using System.Text;

namespace IadNative.Cuda.Compilation;

/// <summary>All that a compilation depends on, but for the compiler.</summary>
/// <param name="File">Name of the source file, for messages.</param>
/// <param name="Source">Its text.</param>
/// <param name="Headers">Names and texts of the headers that it may include.</param>
/// <param name="Architecture">The target: <c>sm_90</c> gives a cubin for it, <c>compute_90</c> PTX.</param>
internal sealed record KernelProgram(
    string File, string Source, IReadOnlyList<KeyValuePair<string, string>> Headers, string Architecture)
{
    /// <summary>What the compiler is told. All else stays at NVRTC's defaults, among them fused multiply-add.</summary>
    public IReadOnlyList<string> Options { get; } = ["--gpu-architecture=" + Architecture, "--std=c++17"];

    /// <summary>A name for what a compiler makes of this, the same only where everything is the same.</summary>
    /// <param name="compiler">The compiler and its version.</param>
    public byte[] Key(string compiler)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, compiler);
        Append(hash, File);
        Append(hash, Source);
        foreach (string option in Options)
            Append(hash, option);
        foreach ((string name, string text) in Headers)
        {
            Append(hash, name);
            Append(hash, text);
        }

        return hash.GetHashAndReset();
    }

    /// <summary>Appends a text after its length, so that no two lists of texts run together to the same bytes.</summary>
    private static void Append(IncrementalHash hash, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        hash.AppendData(BitConverter.GetBytes(bytes.Length));
        hash.AppendData(bytes);
    }
}
