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

    /// <summary>All of the product's files, with those that are compiled for a shape.</summary>
    public static string[] ProductFiles => [.. FilesIn(KernelFolder, "*.cu*"), .. FilesIn(Path.Combine(KernelFolder, "fused"), "*.cu*")];

    /// <summary>All files of kernels and samples, with their headers.</summary>
    public static string[] KernelsAndSamples => [.. FilesIn(KernelFolder, "*.cu*"), .. FilesIn(SampleFolder, "*.cu*")];

    /// <summary>The path of a kernel file; of one for a shape, that of a text that has the shape in it.</summary>
    public static string PathOf(string folder, KernelFile file)
    {
        string path = Path.Combine(folder, file.Name);
        if (file.Shape.Length == 0) return path;
        string text = File.ReadAllText(path).Replace($"#include \"{KernelFile.ShapeHeader}\"", file.Shape, StringComparison.Ordinal);
        return BuildCache.GetOrAdd(Path.GetFileName(path), [text], made => File.WriteAllText(made, text));
    }

    /// <summary>The contents of a kernel file and of everything it can include.</summary>
    public static IEnumerable<string> InputsOf(string kernelFile) =>
        new[] { kernelFile }
            .Concat(FilesIn(Path.GetDirectoryName(kernelFile)!, "*.cuh")).Concat(FilesIn(KernelFolder, "*.cuh")).Concat(FilesIn(Path.Combine(KernelFolder, "fused"), "*.cuh"))
            .Concat(FilesIn(Path.Combine(KernelFolder, "lab"), "*.cuh"))            .Concat(FilesIn(ShimFolder, "*.h")).Select(File.ReadAllText);

    /// <summary>The contents of all sources of the emulator's runtime.</summary>
    public static IEnumerable<string> RuntimeInputs =>
        FilesIn(RuntimeFolder, "*").Concat(FilesIn(ShimFolder, "kernel_table.h")).Select(File.ReadAllText);

    /// <summary>Paths of files, in a fixed order.</summary>
    public static string[] FilesIn(string folder, string pattern) =>
        [.. Directory.GetFiles(folder, pattern).Order(StringComparer.Ordinal)];
}
