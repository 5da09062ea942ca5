using IadNative.Cuda.Compilation;

namespace IadNative.Tests.Emulator;

/// <summary>Where the sources of kernels and of the emulator lie: beside the tests, where the build puts them.</summary>
internal static class KernelSources
{
    /// <summary>The product's kernels.</summary>
    public static readonly string KernelFolder = Path.Combine(AppContext.BaseDirectory, "kernels");

    private static readonly string s_emulatorFolder = Path.Combine(AppContext.BaseDirectory, "CudaEmulator");

    /// <summary>The emulator itself.</summary>
    public static readonly string RuntimeFolder = Path.Combine(s_emulatorFolder, "runtime");

    /// <summary>What makes clang see CUDA C++.</summary>
    public static readonly string ShimFolder = Path.Combine(s_emulatorFolder, "shim");

    /// <summary>Kernels that try the emulator.</summary>
    public static readonly string SampleFolder = Path.Combine(s_emulatorFolder, "samples");

    /// <summary>Kernels with planted faults.</summary>
    public static readonly string FaultFolder = Path.Combine(s_emulatorFolder, "faults");

    /// <summary>The product's kernel files.</summary>
    public static string[] KernelFiles => FilesIn(KernelFolder, "*.cu");

    /// <summary>Files of the product and of the lab that are compiled for a shape, with their headers.</summary>
    public static string[] ShapedFiles => [.. FilesIn(Path.Combine(KernelFolder, "fused"), "*.cu*"), .. FilesIn(Path.Combine(KernelFolder, "lab"), "*.cu*")];

    /// <summary>All of the product's files, with those that are compiled for a shape.</summary>
    public static string[] ProductFiles => [.. FilesIn(KernelFolder, "*.cu*"), .. FilesIn(Path.Combine(KernelFolder, "fused"), "*.cu*")];

    /// <summary>All files of kernels, those of the lab among them, and samples, with their headers.</summary>
    public static string[] KernelsAndSamples => [.. FilesIn(KernelFolder, "*.cu*"), .. ShapedFiles, .. FilesIn(SampleFolder, "*.cu*")];

    /// <summary>As others include a file of <see cref="KernelsAndSamples"/>, such as <c>fused/block.cuh</c>.</summary>
    public static string NameOf(string path) => Path.GetRelativePath(path.StartsWith(SampleFolder, StringComparison.Ordinal) ? SampleFolder : KernelFolder, path);

    /// <summary>The path of a kernel file; of one for a shape, that of a text that has the shape in it, which lies where it finds its headers.</summary>
    public static string PathOf(string folder, KernelFile file)
    {
        string path = Path.Combine(folder, file.Name);
        if (file.Shape.Length == 0) return path;
        string text = File.ReadAllText(path).Replace($"#include \"{KernelFile.ShapeHeader}\"", file.Shape, StringComparison.Ordinal);
        string cached = BuildCache.GetOrAdd(Path.GetFileName(path), [text], made => File.WriteAllText(made, text));
        if (folder == KernelFolder) return cached;
        string beside = Path.Combine(folder, Path.GetFileName(cached));
        File.Copy(cached, beside, overwrite: true);
        return beside;
    }

    /// <summary>The contents of a kernel file and of everything it can include.</summary>
    public static IEnumerable<string> InputsOf(string kernelFile) =>
        new[] { kernelFile }.Concat(HeadersIn(Path.GetDirectoryName(kernelFile)!)).Concat(HeadersIn(KernelFolder))
            .Concat(FilesIn(ShimFolder, "*.h")).Select(File.ReadAllText);

    /// <summary>The contents of all sources of the emulator's runtime.</summary>
    public static IEnumerable<string> RuntimeInputs =>
        FilesIn(RuntimeFolder, "*").Concat(FilesIn(ShimFolder, "kernel_table.h")).Select(File.ReadAllText);

    private static IEnumerable<string> HeadersIn(string folder) =>
        new[] { folder, Path.Combine(folder, "fused"), Path.Combine(folder, "lab") }.Where(Directory.Exists).SelectMany(part => FilesIn(part, "*.cuh"));

    /// <summary>Paths of files, in a fixed order.</summary>
    public static string[] FilesIn(string folder, string pattern) =>
        [.. Directory.GetFiles(folder, pattern).Order(StringComparer.Ordinal)];
}
