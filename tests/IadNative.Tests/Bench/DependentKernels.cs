using IadNative.Bench.Gpu.Lab;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Bench;

/// <summary>The kernels of the lab's rung 1b as files.</summary>
internal static class DependentKernels
{
    private static readonly Lazy<string> s_folder = new(Write);

    /// <summary>Where they lie, as those of the product do in theirs.</summary>
    public static string Folder => s_folder.Value;

    /// <summary>Their names.</summary>
    public static string[] Files =>
    [
        .. Directory.GetFiles(KernelSources.KernelFolder, "*.cu*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(KernelSources.KernelFolder, path)).Order(StringComparer.Ordinal),
    ];

    private static string Write()
    {
        string folder = Path.Combine(BuildCache.Folder, "dependent");
        foreach (string file in Files)
        {
            string path = Path.Combine(folder, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, DependentLaunch.Sources[file]);
        }

        return folder;
    }
}
