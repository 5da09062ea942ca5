using System.Text.RegularExpressions;

namespace IadNative.Tests.Emulator;

/// <summary>Compiles kernel files to PTX with clang, without a CUDA SDK: the check that they are CUDA C++ at all.</summary>
internal static partial class PtxCompiler
{
    private static readonly string[] s_options =
    [
        "-x", "cuda", "--cuda-device-only", "-nocudainc", "-nocudalib", "-nostdinc", "-S", "-std=c++17", "-O2",
        "-Werror", "-Wall", "-Wextra", "-Wdouble-promotion", "-Wvla", "-Wgnu", "-Wno-unused-function",
        "-Wno-unknown-cuda-version", "--cuda-feature=+ptx80", // without it clang refuses shuffles and votes
    ];

    /// <summary>The PTX of a kernel file.</summary>
    /// <param name="file">Path of the file.</param>
    /// <param name="architecture">Such as <c>sm_90</c>.</param>
    /// <exception cref="InvalidOperationException">It does not compile; the message holds the compiler's.</exception>
    public static string Compile(string file, string architecture)
    {
        ClangCompiler clang = ClangCompiler.Instance;
        string path = BuildCache.GetOrAdd(
            Path.GetFileName(file) + ".ptx", [clang.Version, architecture, .. s_options, .. KernelSources.InputsOf(file)],
            output => clang.RunOrThrow(
            [
                .. s_options, $"--cuda-gpu-arch={architecture}",
                "-include", Path.Combine(ResourceFolder(clang), "include", "__clang_cuda_builtin_vars.h"),
                "-include", Path.Combine(KernelSources.ShimFolder, "compile_check.h"),
                "-I", Path.GetDirectoryName(file)!, "-I", KernelSources.KernelFolder, file, "-o", output,
            ]));
        return File.ReadAllText(path);
    }

    /// <summary>The names of the kernels in a PTX text.</summary>
    public static string[] Entries(string ptx) => [.. EntryLine().Matches(ptx).Select(match => match.Groups[1].Value)];

    private static string ResourceFolder(ClangCompiler clang) => clang.RunOrThrow("-print-resource-dir").Trim();

    [GeneratedRegex(@"^\.visible \.entry (\w+)", RegexOptions.Multiline)]
    private static partial Regex EntryLine();
}
