namespace IadNative.Cuda;

/// <summary>
/// The kernels of a device that somebody needs. They are asked for while a session is built and loaded before it starts, so that
/// no file is compiled that no plan needs, and those that are needed are compiled side by side.
/// </summary>
internal sealed class DeviceKernels(ICudaDriver driver)
{
    private readonly Dictionary<(string File, string Name), Kernel> _kernels = [];
    private readonly List<Kernel> _toLoad = [];

    /// <summary>A kernel, the same for all who ask; to be loaded before its first launch.</summary>
    public Kernel<T> Get<T>(KernelDefinition<T> definition)
        where T : unmanaged
    {
        if (_kernels.TryGetValue((definition.File, definition.Name), out Kernel? known)) return (Kernel<T>)known;
        var kernel = new Kernel<T>(driver, definition);
        _kernels.Add((definition.File, definition.Name), kernel);
        _toLoad.Add(kernel);
        return kernel;
    }

    /// <summary>Loads all that was asked for and is not loaded yet.</summary>
    /// <exception cref="Compilation.KernelCompilationException">A file has errors.</exception>
    public void Load()
    {
        if (_toLoad.Count == 0) return;
        driver.LoadFiles([.. _toLoad.Select(kernel => kernel.File).Distinct()]);
        foreach (Kernel kernel in _toLoad) kernel.Handle = driver.GetKernel(kernel.File, kernel.Name);
        _toLoad.Clear();
    }
}
