using IadNative.Cuda;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>A device with the product's kernels, each loaded once.</summary>
internal sealed class Bench(ICudaDriver driver)
{
    public ICudaDriver Driver { get; } = driver;

    public DeviceKernels Kernels { get; } = new(driver);

    /// <summary>Launches a kernel.</summary>
    public void Launch<T>(KernelDefinition<T> definition, in T arguments, int replicas = 1, int units = 1)
        where T : unmanaged
    {
        Kernel<T> kernel = Kernels.Get(definition);
        Kernels.Load();
        kernel.Launch(arguments, replicas, units);
    }
}
