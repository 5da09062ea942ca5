using System.Globalization;
using System.Text.RegularExpressions;
using IadNative.Cuda;
using IadNative.Cuda.Compilation;

namespace IadNative.Bench.Gpu.Lab;

/// <summary>
/// Of rung 1b, kernels that are launched while the one before them is still at work, and wait by themselves until it is done. Each begins with
/// the text of kernels/lab/dependent_launch.cuh, which is brought into the product's kernels here alone.
/// </summary>
internal static partial class DependentLaunch
{
    private const int LeastComputeMajor = 9, LeastDriverMajor = 12, LeastDriverMinor = 3;

    /// <summary>What every kernel begins with.</summary>
    public const string Include = "#include \"lab/dependent_launch.cuh\"";

    /// <summary>The kernels, each with <see cref="Include"/> in front of its first statement.</summary>
    public static KernelSources Sources { get; } = LabSources.All.Changed(text => KernelHead().Replace(text, $"$0\n{Include}\n"));

    /// <summary>Why a device cannot do it; null where it can.</summary>
    public static string? Obstacle(CudaDeviceInfo device)
    {
        int[] driver = [.. device.DriverVersion.Split('.').Select(part => int.Parse(part, CultureInfo.InvariantCulture))];
        return device.ComputeMajor < LeastComputeMajor
            ? $"compute capability {device.ComputeMajor}.{device.ComputeMinor}; kernels can wait for the one before them from {LeastComputeMajor}.0 on"
            : driver is [var major, var minor, ..] && (major, minor).CompareTo((LeastDriverMajor, LeastDriverMinor)) < 0
                ? $"a driver for CUDA {device.DriverVersion}; graphs record such launches from {LeastDriverMajor}.{LeastDriverMinor} on"
                : null;
    }

    [GeneratedRegex("""^extern "C" __global__ [^{;]*\{""", RegexOptions.Multiline)]
    private static partial Regex KernelHead();
}
