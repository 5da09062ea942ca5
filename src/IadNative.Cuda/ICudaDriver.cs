using IadNative.Cuda.Compilation;

namespace IadNative.Cuda;

/// <summary>
/// One CUDA device as this product uses it: memory, kernels, matrix products, graphs, all in the order of one stream. It is
/// the seam between the engine and the hardware: the native driver stands behind it on a machine with a GPU, an emulator in
/// tests. A failing call throws a <see cref="CudaException"/> that names it. Not thread-safe.
/// </summary>
internal interface ICudaDriver : IDisposable
{
    /// <summary>What the device is.</summary>
    CudaDeviceInfo Device { get; }

    /// <summary>The driver's handles of its context and its stream, for a program that has work of its own on the device; 0 for none.</summary>
    (nint Context, nint Stream) Handles { get; }

    /// <summary>Bytes of device memory that are free at the moment, as far as the driver knows: other programs use it too.</summary>
    long FreeMemory { get; }

    /// <summary>Allocates device memory, aligned to 256 bytes, its content undefined.</summary>
    /// <exception cref="CudaOutOfMemoryException">The device has not that much left.</exception>
    ulong Allocate(long bytes);

    /// <summary>Frees what <see cref="Allocate"/> gave.</summary>
    void Free(ulong address);

    /// <summary>Whether so many bytes lie in one allocation of this device's memory, whoever allocated it.</summary>
    bool Holds(ulong address, long bytes);

    /// <summary>Copies to the device; the source may change when the call returns.</summary>
    void CopyToDevice(ulong destination, ReadOnlySpan<byte> source);

    /// <summary>Copies to the host, after all work given so far is done, for which it waits asleep.</summary>
    void CopyToHost(Span<byte> destination, ulong source);

    /// <summary>Copies within the device; the ranges do not overlap.</summary>
    void CopyOnDevice(ulong destination, ulong source, long bytes);

    /// <summary>Sets bytes to zero.</summary>
    void Clear(ulong address, long bytes);

    /// <summary>Compiles and loads files in kernels/, side by side, but for those that are loaded already.</summary>
    /// <param name="files">The files.</param>
    /// <exception cref="KernelCompilationException">A file has errors; of several, that of the first is thrown.</exception>
    void LoadFiles(IReadOnlyList<KernelFile> files);

    /// <summary>A kernel of one of the files in kernels/, which is loaded where it is not yet; not while work is recorded.</summary>
    /// <param name="file">The file.</param>
    /// <param name="name">The kernel's <c>extern "C"</c> name.</param>
    /// <param name="sharedBytes">
    /// Dynamic shared memory of a block that it may be launched with from now on, in bytes. Every kernel may have 48 KiB.
    /// </param>
    /// <returns>A handle that lives as long as the driver, the same every time.</returns>
    nint GetKernel(KernelFile file, string name, int sharedBytes = 0);

    /// <summary>Launches a kernel. Every kernel takes one structure by value.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="shape">Grid, block and dynamic shared memory.</param>
    /// <param name="argument">The bytes of that structure.</param>
    void Launch(nint kernel, in LaunchShape shape, ReadOnlySpan<byte> argument);

    /// <summary>A batch of matrix products; one that stands aside need not be done before <see cref="Join"/>.</summary>
    void Multiply(in MatrixProduct product);

    /// <summary>
    /// Makes all work given from now on wait for the products that stand aside (<see cref="MatrixProduct.IsAside"/>). A driver may run these in
    /// their turn; then there is nothing to do.
    /// </summary>
    void Join();

    /// <summary>From here on, launches, products, clears and copies on the device are recorded instead of run.</summary>
    void BeginCapture();

    /// <summary>Ends recording.</summary>
    /// <returns>A graph to replay, freed by <see cref="DestroyGraph"/>.</returns>
    nint EndCapture();

    /// <summary>Runs what a graph recorded.</summary>
    void Replay(nint graph);

    /// <summary>Frees a graph.</summary>
    void DestroyGraph(nint graph);

    /// <summary>An event, to be recorded before it is awaited; freed by <see cref="DestroyEvent"/>.</summary>
    nint CreateEvent();

    /// <summary>Makes an event stand for the end of all work given so far.</summary>
    void RecordEvent(nint happening);

    /// <summary>Waits, without occupying a core, until the work is done that an event stands for.</summary>
    void AwaitEvent(nint happening);

    /// <summary>Makes an event of somebody else stand for the end of all work given so far.</summary>
    void RecordForeign(nint happening);

    /// <summary>Makes all work given from now on wait for an event of somebody else; the host does not wait.</summary>
    void WaitForForeign(nint happening);

    /// <summary>Frees an event.</summary>
    void DestroyEvent(nint happening);

    /// <summary>
    /// Waits asleep until all work is done; throws for a kernel that failed since the last wait. Training never calls it, since whatever
    /// it reads back waits by itself; measurements do, which read nothing.
    /// </summary>
    void Synchronize();
}
