using IadNative.Cuda;

namespace IadNative.Cli;

/// <summary>How the command reaches CUDA; tests bring their own.</summary>
/// <param name="Probe">Says what there is, without throwing.</param>
/// <param name="Open">Opens a device by its number.</param>
internal sealed record CudaAccess(Func<CudaReport> Probe, Func<int, CudaOptions, CudaDevice> Open)
{
    /// <summary>The machine's own.</summary>
    public static CudaAccess Native { get; } = new(() => CudaProbe.Run(), CudaDevice.Open);
}
