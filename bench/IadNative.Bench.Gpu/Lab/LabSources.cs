using IadNative.Cuda.Compilation;

namespace IadNative.Bench.Gpu.Lab;

/// <summary>The product's kernels, and those of kernels/lab, which the product does not have.</summary>
internal static class LabSources
{
    public static KernelSources All { get; } = KernelSources.EmbeddedIn(typeof(KernelSources).Assembly, typeof(LabSources).Assembly);

    /// <summary>What a rung compiles.</summary>
    public static KernelSources Of(LabRung rung) => rung == LabRung.Overlap ? DependentLaunch.Sources : All;
}
