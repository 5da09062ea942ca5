using IadNative.Compute;
using IadNative.Cuda;
using IadNative.Detectors;

namespace IadNative.Reproduction;

/// <summary>
/// What trains, to the last bit: the build's version and commit; the identifiers that the compiler gave to the modules at work,
/// which tell builds of one commit apart whose sources differ, and are the same whenever the same sources are built in the same
/// place, those of the library in any; and the device with the versions of its libraries. It is stored with every result and is no part of its key.
/// </summary>
internal static class EngineIdentity
{
    /// <summary>The identity in words.</summary>
    /// <param name="device">Where trials train.</param>
    /// <param name="cuda">The same where it is a CUDA device; null for the CPU.</param>
    public static string Of(IDevice device, CudaDeviceInfo? cuda)
    {
        string modules = $"IadNative {IdOf(typeof(AnomalyDetector))} IadNative.Reproduction {IdOf(typeof(EngineIdentity))}";
        string libraries = cuda is null
            ? ""
            : $" IadNative.Cuda {IdOf(typeof(CudaDevice))} NVRTC {cuda.CompilerVersion} cuBLAS {cuda.BlasVersion}";
        return $"{Product.Build} {modules}{libraries} {device.Description}";
    }

    private static string IdOf(Type type) => type.Module.ModuleVersionId.ToString("N");
}
