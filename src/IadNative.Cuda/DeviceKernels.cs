using IadNative.Cuda.Compilation;

namespace IadNative.Cuda;

/// <summary>
/// The kernels of a device that somebody needs. They are asked for while a session is built and loaded before it starts, so that
/// no file is compiled that no plan needs, and those that are needed are compiled side by side.
/// </summary>
internal sealed class DeviceKernels(ICudaDriver driver)
{
    private readonly Dictionary<(KernelFile File, string Name), Kernel> _kernels = [];
    private readonly HashSet<Kernel> _toLoad = [];

    /// <summary>A kernel, the same for all who ask; to be loaded before its first launch.</summary>
    /// <param name="definition">Which.</param>
    /// <param name="sharedBytes">Dynamic shared memory of a block that it is launched with, in bytes; up to 48 KiB need not be told.</param>
    public Kernel<T> Get<T>(KernelDefinition<T> definition, int sharedBytes = 0)
        where T : unmanaged
    {
        if (!_kernels.TryGetValue((definition.File, definition.Name), out Kernel? kernel))
            _kernels.Add((definition.File, definition.Name), kernel = new Kernel<T>(driver, definition));
        if (kernel.Handle == 0 || sharedBytes > kernel.SharedBytes) _toLoad.Add(kernel);
        kernel.SharedBytes = Math.Max(kernel.SharedBytes, sharedBytes);
        return (Kernel<T>)kernel;
    }

    /// <summary>Loads all that was asked for and is not loaded yet.</summary>
    /// <exception cref="Compilation.KernelCompilationException">A file has errors.</exception>
    public void Load()
    {
        if (_toLoad.Count == 0) return;
        driver.LoadFiles([.. _toLoad.Select(kernel => kernel.File).Distinct()]);
        foreach (Kernel kernel in _toLoad) kernel.Handle = driver.GetKernel(kernel.File, kernel.Name, kernel.SharedBytes);
        _toLoad.Clear();
    }
}
