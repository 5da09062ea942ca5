using IadNative.Cuda.Compilation;
using IadNative.Cuda.Interop;

namespace IadNative.Cuda.Runtime;

/// <summary>
/// A CUDA device of this machine, through NVIDIA's driver, NVRTC and cuBLAS. It works in the device's primary context, on a
/// stream of its own, or in a context and on a stream that were given to it, and stay. Any thread may call it, one at a time, and has
/// the context that it had before when a call returns. It waits asleep, for an event: waiting for a stream would occupy a core, or take
/// a flag of the primary context, which belongs to others too.
/// </summary>
internal sealed unsafe class NativeCudaDriver : ICudaDriver
{
    private readonly DriverApi _api;
    private readonly BlasApi _blasApi;
    private readonly Cleanup _cleanup;
    private readonly HashSet<ulong> _allocations = [];
    private readonly HashSet<nint> _graphs = [];
    private readonly HashSet<nint> _events = [];
    private readonly Action _pop;
    private readonly KernelModules _modules;
    private readonly int _ordinal;
    private readonly nint _context;
    private readonly nint _stream;
    private readonly nint _done;
    private readonly StreamProducts _products;
    private readonly SideStream? _side; // null where work does not overlap
    private bool _isBehindKernel; // the last work on the stream is a kernel, and not a copy, an event or nothing
    private bool _pushed; // within the constructor and Dispose
    private bool _capturing;
    private bool _disposed;

    /// <param name="platform">CUDA.</param>
    /// <param name="summary">The device.</param>
    /// <param name="options">How CUDA is used.</param>
    /// <param name="context">A context of the device; 0 for its primary one.</param>
    /// <param name="stream">A stream of that context; 0 for one of its own.</param>
    private NativeCudaDriver(CudaPlatform platform, CudaDeviceSummary summary, CudaOptions options, nint context = 0, nint stream = 0)
    {
        Action<string> warn = options.Warn ?? (_ => { });
        _api = platform.Driver;
        _ordinal = summary.Index;
        _cleanup = new Cleanup(warn);
        _pop = _api.cuCtxPopCurrent_v2;
        try
        {
            // What may be missing comes before what occupies the device.
            NvrtcCompiler nvrtc = new(platform.LoadNvrtc());
            _blasApi = platform.LoadBlas();
            string architecture = nvrtc.ArchitectureFor(summary.ComputeMajor, summary.ComputeMinor);
            if (KernelArchitecture.IsVirtual(architecture))
            {
                warn($"{nvrtc.Version} does not know devices of compute capability {summary.ComputeMajor}."
                    + $"{summary.ComputeMinor}; the driver compiles the kernels from {architecture}. "
                    + "A newer NVRTC may do better.");
            }

            if (CompilesProducts(summary.ComputeMajor))
            {
                warn($"cuBLAS {CudaPlatform.VersionOf(_blasApi)} has no code for this device: the driver compiles its products when they first "
                    + "run, which may take minutes. cuBLAS of CUDA 12.8 or newer has it.");
            }

            int device = _api.cuDeviceGet(summary.Index);
            _context = context != 0 ? context : RetainPrimary(device);
            Push();
            _cleanup.Push(() =>
            {
                if (_pushed)
                    _pop();
            });
            _stream = stream != 0 ? stream : CreateStream();
            _done = _api.cuEventCreate();
            _cleanup.Push(() => _api.cuEventDestroy_v2(_done));
            _products = new StreamProducts(_api, _blasApi, _cleanup, _stream, summary.ComputeMajor, options.AllowTf32);
            if (options.UseOverlap) _side = new SideStream(_api, _blasApi, _cleanup, _stream, summary.ComputeMajor, options.AllowTf32);
            _modules = new KernelModules(_api, Cached(nvrtc, options, warn), architecture, options.Sources, _cleanup);
            Device = new CudaDeviceInfo(
                summary.Name, _api.cuDeviceGetPCIBusId(device), summary.ComputeMajor, summary.ComputeMinor, summary.TotalMemory,
                summary.Multiprocessors, summary.SharedBytes, platform.DriverVersion, nvrtc.Number, CudaPlatform.VersionOf(_blasApi));
            _pop();
            _pushed = false;
        }
        catch
        {
            _cleanup.Run();
            throw;
        }
    }

    /// <inheritdoc/>
    public CudaDeviceInfo Device { get; }

    /// <inheritdoc/>
    public (nint Context, nint Stream) Handles => (_context, _stream);

    /// <inheritdoc/>
    public long FreeMemory
    {
        get
        {
            using Binding binding = Bind();
            return _api.cuMemGetInfo_v2().Free;
        }
    }

    /// <summary>Opens a device.</summary>
    /// <param name="device">Its number, from 0.</param>
    /// <param name="options">How CUDA is found and used; null for the defaults.</param>
    /// <exception cref="CudaUnavailableException">
    /// There is no such device, or the driver, NVRTC or cuBLAS is missing or too old. The message says what was tried.
    /// </exception>
    /// <exception cref="CudaException">The device cannot be used, as when another process holds it for itself.</exception>
    public static NativeCudaDriver Open(int device = 0, CudaOptions? options = null)
    {
        options ??= new CudaOptions();
        CudaPlatform platform = CudaPlatform.Start(options.Search);
        CudaDeviceSummary[] devices = platform.Devices();
        if (device < 0 || device >= devices.Length)
        {
            throw new CudaUnavailableException(
                $"There is no CUDA device {device}. "
                + (devices.Length == 0
                    ? "The driver knows none." + StatusAdvice.ForDriver(DriverApi.NoDevice)
                    : $"There are: {string.Join(", ", devices.Select(known => $"{known.Index} ({known.Name})"))}."));
        }

        return new NativeCudaDriver(platform, devices[device], options);
    }

    /// <summary>Uses a context and a stream of the program's own, and leaves them when it is disposed.</summary>
    /// <param name="context">A context (CUcontext).</param>
    /// <param name="stream">A stream (CUstream) that was created in it; 0 for one of this driver's own there.</param>
    /// <param name="options">How CUDA is found and used; null for the defaults.</param>
    /// <exception cref="ArgumentException">
    /// There is no context, the stream belongs to another, or it is one of the default streams, which cannot be recorded.
    /// </exception>
    /// <exception cref="CudaUnavailableException">The driver, NVRTC or cuBLAS is missing or too old.</exception>
    /// <exception cref="CudaException">The context cannot be used.</exception>
    public static NativeCudaDriver Attach(nint context, nint stream, CudaOptions? options = null)
    {
        const nint legacyStream = 1, streamOfThread = 2;
        if (context == 0)
            throw new ArgumentException("There is no context to attach to.", nameof(context));
        if (stream is legacyStream or streamOfThread)
        {
            throw new ArgumentException(
                "Work on a default stream cannot be recorded. Give a stream of your own, or 0 for one of the device's.", nameof(stream));
        }

        options ??= new CudaOptions();
        CudaPlatform platform = CudaPlatform.Start(options.Search);
        return new NativeCudaDriver(platform, platform.DeviceOf(context, stream), options, context, stream);
    }

    /// <inheritdoc/>
    public ulong Allocate(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        using Binding binding = BindOutsideCapture();
        ulong address = _api.cuMemAlloc_v2(bytes);
        _allocations.Add(address);
        return address;
    }

    /// <inheritdoc/>
    public void Free(ulong address)
    {
        using Binding binding = BindOutsideCapture();
        if (!_allocations.Remove(address))
            throw new ArgumentException("This is no address that Allocate gave, or it was freed before.", nameof(address));
        _api.cuMemFree_v2(address);
    }

    /// <inheritdoc/>
    public void CopyToDevice(ulong destination, ReadOnlySpan<byte> source)
    {
        using Binding binding = BindOutsideCapture();
        if (source.IsEmpty)
            return;
        fixed (byte* first = source)
        {
            _api.cuMemcpyHtoDAsync_v2(destination, first, (nuint)source.Length, _stream);

            // The driver may or may not have taken the bytes by now; it must before they are let go.
            Wait();
        }
    }

    /// <inheritdoc/>
    public void CopyToHost(Span<byte> destination, ulong source)
    {
        using Binding binding = BindOutsideCapture();
        Wait(); // A copy to memory that is not locked waits by itself, but not asleep.
        if (destination.IsEmpty)
            return;
        fixed (byte* first = destination)
        {
            _api.cuMemcpyDtoHAsync_v2(first, source, (nuint)destination.Length, _stream);
            Wait(); // One to memory that is locked, as a program's own may be, does not wait.
        }
    }

    /// <inheritdoc/>
    public void CopyOnDevice(ulong destination, ulong source, long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        using Binding binding = Bind();
        if (bytes > 0)
            _api.cuMemcpyDtoDAsync_v2(destination, source, (nuint)bytes, _stream);
        _isBehindKernel = false;
    }

    /// <inheritdoc/>
    public void Clear(ulong address, long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        using Binding binding = Bind();
        if (bytes > 0)
            _api.cuMemsetD8Async(address, 0, (nuint)bytes, _stream);
        _isBehindKernel = false;
    }

    /// <inheritdoc/>
    public bool Holds(ulong address, long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        using Binding binding = Bind();
        return _api.cuPointerGetAttribute(PointerAttribute.MemoryType, address) == DriverApi.DeviceMemory
            && _api.cuPointerGetAttribute(PointerAttribute.DeviceOrdinal, address) == (ulong)_ordinal
            && _api.cuPointerGetAttribute(PointerAttribute.RangeStart, address) is { } start
            && _api.cuPointerGetAttribute(PointerAttribute.RangeSize, address) is { } size
            && address - start <= size && size - (address - start) >= (ulong)bytes;
    }

    /// <inheritdoc/>
    public void LoadFiles(IReadOnlyList<KernelFile> files)
    {
        using Binding binding = BindOutsideCapture();
        _modules.Load(files);
    }

    /// <inheritdoc/>
    public nint GetKernel(KernelFile file, string name, int sharedBytes = 0)
    {
        using Binding binding = _modules.Has(file, name, sharedBytes) ? Bind() : BindOutsideCapture();
        return _modules.Get(file, name, sharedBytes);
    }

    /// <inheritdoc/>
    public void Launch(nint kernel, in LaunchShape shape, ReadOnlySpan<byte> argument)
    {
        using Binding binding = Bind();
        _modules.Launch(kernel, shape, argument, _stream, isDependent: _side is not null && _isBehindKernel);
        _isBehindKernel = true;
    }

    /// <inheritdoc/>
    public void Multiply(in MatrixProduct product)
    {
        using Binding binding = Bind();
        if (product.IsAside && _side is not null)
        {
            _side.Multiply(product);
            _isBehindKernel = false; // but behind an event
            return;
        }

        _products.Multiply(product);
        _isBehindKernel = true;
    }

    /// <inheritdoc/>
    public void Join()
    {
        using Binding binding = Bind();
        JoinSide();
    }

    /// <inheritdoc/>
    public void BeginCapture()
    {
        using Binding binding = BindOutsideCapture();
        _api.cuStreamBeginCapture_v2(_stream);
        _capturing = true;
    }

    /// <inheritdoc/>
    public nint EndCapture()
    {
        if (!_capturing)
            throw new InvalidOperationException("Nothing is being recorded: call BeginCapture first.");
        _isBehindKernel = false;
        _capturing = false; // whatever happens now: on a lost device too
        using Binding binding = Bind();
        _cleanup.Quietly(JoinSide); // nothing may be aside when a recording ends
        nint graph = _api.cuStreamEndCapture(_stream);
        try
        {
            nint executable = _api.cuGraphInstantiateWithFlags(graph);
            _graphs.Add(executable);
            return executable;
        }
        finally
        {
            _cleanup.Quietly(() => _api.cuGraphDestroy(graph));
        }
    }

    /// <inheritdoc/>
    public void Replay(nint graph)
    {
        using Binding binding = BindOutsideCapture();
        if (!_graphs.Contains(graph))
            throw NoGraph(nameof(graph));
        _api.cuGraphLaunch(graph, _stream);
    }

    /// <inheritdoc/>
    public void DestroyGraph(nint graph)
    {
        using Binding binding = Bind();
        if (!_graphs.Remove(graph))
            throw NoGraph(nameof(graph));
        _api.cuGraphExecDestroy(graph);
    }

    /// <inheritdoc/>
    public nint CreateEvent()
    {
        using Binding binding = BindOutsideCapture();
        nint happening = _api.cuEventCreate();
        _events.Add(happening);
        return happening;
    }

    /// <inheritdoc/>
    public void RecordEvent(nint happening)
    {
        using Binding binding = BindOutsideCapture();
        _api.cuEventRecord(Known(happening), _stream);
    }

    /// <inheritdoc/>
    public void AwaitEvent(nint happening)
    {
        using Binding binding = BindOutsideCapture();
        _api.cuEventSynchronize(Known(happening));
    }

    /// <inheritdoc/>
    public void RecordForeign(nint happening)
    {
        using Binding binding = BindOutsideCapture();
        _api.cuEventRecord(happening, _stream);
    }

    /// <inheritdoc/>
    public void WaitForForeign(nint happening)
    {
        using Binding binding = BindOutsideCapture();
        _api.cuStreamWaitEvent(_stream, happening);
    }

    /// <inheritdoc/>
    public void DestroyEvent(nint happening)
    {
        using Binding binding = Bind();
        _events.Remove(Known(happening));
        _api.cuEventDestroy_v2(happening);
    }

    /// <inheritdoc/>
    public void Synchronize()
    {
        using Binding binding = BindOutsideCapture();
        Wait();
    }

    /// <summary>
    /// Waits for the work given so far and releases everything, memory, graphs and events that were not given back among it. Never
    /// throws: what fails is told to <see cref="CudaOptions.Warn"/>.
    /// </summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _cleanup.Quietly(Push);
        _cleanup.Quietly(JoinSide);
        if (_capturing)
            _cleanup.Quietly(() => _api.cuGraphDestroy(_api.cuStreamEndCapture(_stream)));
        _cleanup.Quietly(Wait);
        foreach (nint graph in _graphs)
            _cleanup.Quietly(() => _api.cuGraphExecDestroy(graph));
        foreach (nint happening in _events)
            _cleanup.Quietly(() => _api.cuEventDestroy_v2(happening));
        foreach (ulong address in _allocations)
            _cleanup.Quietly(() => _api.cuMemFree_v2(address));
        _cleanup.Run();
    }

    private static IKernelCompiler Cached(NvrtcCompiler compiler, CudaOptions options, Action<string> warn) =>
        KernelCacheFolder.Locate(options.KernelCache, Environment.GetEnvironmentVariable) is { } folder
            && KernelCacheFolder.Prepare(folder, warn)
                ? new KernelCache(compiler, folder, warn)
                : compiler;

    private nint Known(nint happening) => _events.Contains(happening)
        ? happening
        : throw new ArgumentException("This is no event that CreateEvent gave, or it was destroyed before.", nameof(happening));

    private static ArgumentException NoGraph(string parameter) =>
        new("This is no graph that EndCapture gave, or it was destroyed before.", parameter);

    /// <summary>Whether the device is of Blackwell's generation or a later one, and cuBLAS from before it.</summary>
    private bool CompilesProducts(int computeMajor) =>
        computeMajor >= 10 && (_blasApi.cublasGetProperty(0), _blasApi.cublasGetProperty(1)) is (12, < 8);

    private nint RetainPrimary(int device)
    {
        nint context = _api.cuDevicePrimaryCtxRetain(device);
        _cleanup.Push(() => _api.cuDevicePrimaryCtxRelease_v2(device));
        return context;
    }

    private nint CreateStream()
    {
        nint stream = _api.cuStreamCreate();
        _cleanup.Push(() => _api.cuStreamDestroy_v2(stream));
        return stream;
    }

    /// <summary>Makes the stream wait for what stands aside.</summary>
    private void JoinSide()
    {
        if (_side is not null && _side.Join())
            _isBehindKernel = false;
    }

    /// <summary>Waits asleep for all work given so far.</summary>
    private void Wait()
    {
        _api.cuEventRecord(_done, _stream);
        _api.cuEventSynchronize(_done);
    }

    private void Push()
    {
        _api.cuCtxPushCurrent_v2(_context);
        _pushed = true;
    }

    /// <summary>Makes the context this thread's until the result is disposed: a program may have one of its own on this thread.</summary>
    private Binding Bind()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _api.cuCtxPushCurrent_v2(_context);
        return new Binding(_cleanup, _pop);
    }

    private Binding BindOutsideCapture()
    {
        if (_capturing && !_disposed)
            throw new InvalidOperationException("This cannot be recorded: call EndCapture first.");
        _isBehindKernel = false;
        Binding binding = Bind();
        try
        {
            JoinSide();
            return binding;
        }
        catch
        {
            binding.Dispose();
            throw;
        }
    }

    /// <summary>The context as a thread's. Giving it back never throws: what the call itself threw is to be seen.</summary>
    private readonly ref struct Binding(Cleanup cleanup, Action pop)
    {
        public void Dispose() => cleanup.Quietly(pop);
    }
}
