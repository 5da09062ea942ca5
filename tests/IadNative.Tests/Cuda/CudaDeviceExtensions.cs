using IadNative.Compute;
using IadNative.Cuda;

namespace IadNative.Tests;

/// <summary>What a CUDA device does as a device.</summary>
internal static class CudaDeviceExtensions
{
    public static ISession CreateSession(this CudaDevice device, Plan plan, SessionSpec spec) =>
        ((IDevice)device).CreateSession(plan, spec);
}
