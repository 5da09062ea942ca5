using System.Runtime.InteropServices;
using IadNative.Cuda.Compilation;

namespace IadNative.Cuda;

/// <summary>A kernel of a device.</summary>
internal abstract class Kernel(KernelFile file, string name)
{
    /// <summary>Its file in kernels/.</summary>
    public KernelFile File => file;

    /// <summary>Its name there.</summary>
    public string Name => name;

    /// <summary>Dynamic shared memory of a block that it may be launched with, in bytes: the most that anybody asked for.</summary>
    public int SharedBytes { get; set; }

    /// <summary>The driver's handle; 0 before <see cref="DeviceKernels.Load"/>.</summary>
    public nint Handle { get; set; }
}

/// <summary>A kernel of a device, ready to launch once it is loaded.</summary>
/// <typeparam name="T">The structure that it takes.</typeparam>
internal sealed class Kernel<T>(ICudaDriver driver, KernelDefinition<T> definition) : Kernel(definition.File, definition.Name)
    where T : unmanaged
{
    /// <summary>Launches it for so many replicas (or runs) and, where its structure does not tell them, units of a layer.</summary>
    public void Launch(in T arguments, int replicas = 1, int units = 1) => driver.Launch(
        Handle, definition.Shape(arguments, replicas, units), MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in arguments)));
}
