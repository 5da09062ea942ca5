namespace IadNative.Cuda.Compilation;

/// <summary>Names of what kernels are compiled for.</summary>
internal static class KernelArchitecture
{
    private const string Virtual = "compute_";

    /// <summary>
    /// The device's own architecture where the compiler knows it; otherwise the virtual one nearest below, whose PTX the
    /// driver compiles for the device.
    /// </summary>
    /// <param name="major">The device's major compute capability.</param>
    /// <param name="minor">Its minor compute capability.</param>
    /// <param name="known">What the compiler knows, each as ten times the major plus the minor compute capability.</param>
    /// <returns><c>sm_90</c>, <c>compute_90</c> or the like; null where all that the compiler knows is newer.</returns>
    public static string? Choose(int major, int minor, IReadOnlyCollection<int> known)
    {
        int device = (10 * major) + minor;
        if (known.Contains(device))
            return $"sm_{device}";
        int nearest = known.Where(architecture => architecture < device).DefaultIfEmpty().Max();
        return nearest == 0 ? null : $"{Virtual}{nearest}";
    }

    /// <summary>Whether compiling for it gives PTX instead of a cubin.</summary>
    public static bool IsVirtual(string architecture) => architecture.StartsWith(Virtual, StringComparison.Ordinal);
}
