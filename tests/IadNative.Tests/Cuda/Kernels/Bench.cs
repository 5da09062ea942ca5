using IadNative.Cuda;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>A device with the product's kernels, loaded once.</summary>
internal sealed class Bench(ICudaDriver driver)
{
    public ICudaDriver Driver { get; } = driver;

    public KernelSet Kernels { get; } = new(driver);
}
