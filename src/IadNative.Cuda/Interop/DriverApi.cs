using static IadNative.Cuda.Interop.Utf8Strings;

namespace IadNative.Cuda.Interop;

/// <summary>The driver's entry points, with the version suffixes that a CUDA 12 or 13 program calls.</summary>
internal sealed unsafe class DriverApi(LoadedLibrary library) : NativeApi(library)
{
    /// <summary>The status of a call that finds no device.</summary>
    public const int NoDevice = 100;

    /// <summary>The memory of a device, among the kinds that <see cref="PointerAttribute.MemoryType"/> tells.</summary>
    public const ulong DeviceMemory = 2;

    private const int InvalidValue = 1, OutOfMemory = 2;

    private nint _driverGetVersion, _init, _deviceGetCount, _deviceGet, _deviceGetName, _deviceTotalMem, _devicePciBusId;
    private nint _deviceGetAttribute, _primaryCtxRetain, _primaryCtxRelease, _ctxPushCurrent, _ctxPopCurrent, _ctxGetDevice;
    private nint _memAlloc, _memFree, _memGetInfo, _pointerGetAttribute;
    private nint _memcpyToDevice, _memcpyToHost, _memcpyOnDevice, _memset;
    private nint _streamCreate, _streamDestroy, _streamGetCtx, _streamWaitEvent, _streamBeginCapture, _streamEndCapture;
    private nint _eventCreate, _eventRecord, _eventSynchronize, _eventDestroy;
    private nint _graphInstantiate, _graphLaunch, _graphExecDestroy, _graphDestroy;
    private nint _moduleLoadData, _moduleUnload, _moduleGetFunction, _funcSetAttribute, _launchKernel, _launchKernelEx;
    private nint _getErrorName, _getErrorString;

    /// <summary>1000 times the major version plus 10 times the minor one; works before <see cref="cuInit"/>.</summary>
    public int cuDriverGetVersion()
    {
        int version;
        Check(((delegate* unmanaged<int*, int>)Resolve(ref _driverGetVersion))(&version));
        return version;
    }

    public void cuInit() => Check(((delegate* unmanaged<uint, int>)Resolve(ref _init))(0));

    public int cuDeviceGetCount()
    {
        int count;
        Check(((delegate* unmanaged<int*, int>)Resolve(ref _deviceGetCount))(&count));
        return count;
    }

    public int cuDeviceGet(int ordinal)
    {
        int device;
        Check(((delegate* unmanaged<int*, int, int>)Resolve(ref _deviceGet))(&device, ordinal));
        return device;
    }

    public string cuDeviceGetName(int device)
    {
        const int length = 256;
        byte* name = stackalloc byte[length];
        Check(((delegate* unmanaged<byte*, int, int, int>)Resolve(ref _deviceGetName))(name, length, device));
        return Read(name);
    }

    /// <summary>Where the device is plugged in, such as <c>0000:3b:00.0</c>.</summary>
    public string cuDeviceGetPCIBusId(int device)
    {
        const int length = 64;
        byte* id = stackalloc byte[length];
        Check(((delegate* unmanaged<byte*, int, int, int>)Resolve(ref _devicePciBusId))(id, length, device));
        return Read(id);
    }

    public long cuDeviceTotalMem_v2(int device)
    {
        nuint bytes;
        Check(((delegate* unmanaged<nuint*, int, int>)Resolve(ref _deviceTotalMem))(&bytes, device));
        return (long)bytes;
    }

    public int cuDeviceGetAttribute(DeviceAttribute attribute, int device)
    {
        int value;
        Check(((delegate* unmanaged<int*, int, int, int>)Resolve(ref _deviceGetAttribute))(&value, (int)attribute, device));
        return value;
    }

    public nint cuDevicePrimaryCtxRetain(int device)
    {
        nint context;
        Check(((delegate* unmanaged<nint*, int, int>)Resolve(ref _primaryCtxRetain))(&context, device));
        return context;
    }

    public void cuDevicePrimaryCtxRelease_v2(int device) =>
        Check(((delegate* unmanaged<int, int>)Resolve(ref _primaryCtxRelease))(device));

    /// <summary>Makes a context this thread's, above the one that it has.</summary>
    public void cuCtxPushCurrent_v2(nint context) =>
        Check(((delegate* unmanaged<nint, int>)Resolve(ref _ctxPushCurrent))(context));

    /// <summary>Gives this thread the context back that it had before the last push.</summary>
    public void cuCtxPopCurrent_v2()
    {
        nint context;
        Check(((delegate* unmanaged<nint*, int>)Resolve(ref _ctxPopCurrent))(&context));
    }

    /// <summary>The device of this thread's context.</summary>
    public int cuCtxGetDevice()
    {
        int device;
        Check(((delegate* unmanaged<int*, int>)Resolve(ref _ctxGetDevice))(&device));
        return device;
    }

    public ulong cuMemAlloc_v2(long bytes)
    {
        ulong address;
        int status = ((delegate* unmanaged<ulong*, nuint, int>)Resolve(ref _memAlloc))(&address, (nuint)bytes);
        return status == 0 ? address : throw Failure(nameof(cuMemAlloc_v2), status, $"allocating {bytes:N0} bytes");
    }

    public void cuMemFree_v2(ulong address) => Check(((delegate* unmanaged<ulong, int>)Resolve(ref _memFree))(address));

    public (long Free, long Total) cuMemGetInfo_v2()
    {
        nuint free, total;
        Check(((delegate* unmanaged<nuint*, nuint*, int>)Resolve(ref _memGetInfo))(&free, &total));
        return ((long)free, (long)total);
    }

    /// <summary>What the driver knows of an address; null where it knows nothing of it.</summary>
    public ulong? cuPointerGetAttribute(PointerAttribute attribute, ulong address)
    {
        ulong value = 0; // of 4 bytes some, of 8 the others
        int status = ((delegate* unmanaged<ulong*, int, ulong, int>)Resolve(ref _pointerGetAttribute))(&value, (int)attribute, address);
        if (status == InvalidValue)
            return null;
        Check(status);
        return value;
    }

    public void cuMemcpyHtoDAsync_v2(ulong destination, void* source, nuint bytes, nint stream) => Check(
        ((delegate* unmanaged<ulong, void*, nuint, nint, int>)Resolve(ref _memcpyToDevice))(
            destination, source, bytes, stream));

    public void cuMemcpyDtoHAsync_v2(void* destination, ulong source, nuint bytes, nint stream) => Check(
        ((delegate* unmanaged<void*, ulong, nuint, nint, int>)Resolve(ref _memcpyToHost))(
            destination, source, bytes, stream));

    public void cuMemcpyDtoDAsync_v2(ulong destination, ulong source, nuint bytes, nint stream) => Check(
        ((delegate* unmanaged<ulong, ulong, nuint, nint, int>)Resolve(ref _memcpyOnDevice))(
            destination, source, bytes, stream));

    public void cuMemsetD8Async(ulong address, byte value, nuint bytes, nint stream) => Check(
        ((delegate* unmanaged<ulong, byte, nuint, nint, int>)Resolve(ref _memset))(address, value, bytes, stream));

    /// <summary>A stream that does not wait for the default one.</summary>
    public nint cuStreamCreate()
    {
        const uint nonBlocking = 1;
        nint stream;
        Check(((delegate* unmanaged<nint*, uint, int>)Resolve(ref _streamCreate))(&stream, nonBlocking));
        return stream;
    }

    public void cuStreamDestroy_v2(nint stream) =>
        Check(((delegate* unmanaged<nint, int>)Resolve(ref _streamDestroy))(stream));

    /// <summary>The context that a stream belongs to.</summary>
    public nint cuStreamGetCtx(nint stream)
    {
        nint context;
        Check(((delegate* unmanaged<nint, nint*, int>)Resolve(ref _streamGetCtx))(stream, &context));
        return context;
    }

    /// <summary>Makes what is given to a stream from now on wait for what an event stands for; the host does not wait.</summary>
    public void cuStreamWaitEvent(nint stream, nint happening) =>
        Check(((delegate* unmanaged<nint, nint, uint, int>)Resolve(ref _streamWaitEvent))(stream, happening, 0));

    /// <summary>An event without a time; whoever waits for it sleeps.</summary>
    public nint cuEventCreate()
    {
        const uint blockingSync = 1, disableTiming = 2;
        nint happening;
        Check(((delegate* unmanaged<nint*, uint, int>)Resolve(ref _eventCreate))(&happening, blockingSync | disableTiming));
        return happening;
    }

    public void cuEventRecord(nint happening, nint stream) =>
        Check(((delegate* unmanaged<nint, nint, int>)Resolve(ref _eventRecord))(happening, stream));

    public void cuEventSynchronize(nint happening) =>
        Check(((delegate* unmanaged<nint, int>)Resolve(ref _eventSynchronize))(happening));

    public void cuEventDestroy_v2(nint happening) =>
        Check(((delegate* unmanaged<nint, int>)Resolve(ref _eventDestroy))(happening));

    /// <summary>Begins a capture that concerns this thread only.</summary>
    public void cuStreamBeginCapture_v2(nint stream)
    {
        const int threadLocal = 1;
        Check(((delegate* unmanaged<nint, int, int>)Resolve(ref _streamBeginCapture))(stream, threadLocal));
    }

    public nint cuStreamEndCapture(nint stream)
    {
        nint graph;
        Check(((delegate* unmanaged<nint, nint*, int>)Resolve(ref _streamEndCapture))(stream, &graph));
        return graph;
    }

    public nint cuGraphInstantiateWithFlags(nint graph)
    {
        nint executable;
        Check(((delegate* unmanaged<nint*, nint, ulong, int>)Resolve(ref _graphInstantiate))(&executable, graph, 0));
        return executable;
    }

    public void cuGraphLaunch(nint executable, nint stream) =>
        Check(((delegate* unmanaged<nint, nint, int>)Resolve(ref _graphLaunch))(executable, stream));

    public void cuGraphExecDestroy(nint executable) =>
        Check(((delegate* unmanaged<nint, int>)Resolve(ref _graphExecDestroy))(executable));

    public void cuGraphDestroy(nint graph) => Check(((delegate* unmanaged<nint, int>)Resolve(ref _graphDestroy))(graph));

    /// <summary>Loads a cubin, or compiles a PTX text that ends with a zero.</summary>
    public nint cuModuleLoadData(ReadOnlySpan<byte> image, string file)
    {
        nint module;
        fixed (byte* first = image)
        {
            int status = ((delegate* unmanaged<nint*, void*, int>)Resolve(ref _moduleLoadData))(&module, first);
            return status == 0
                ? module
                : throw Failure(nameof(cuModuleLoadData), status, $"loading the kernels of {file}");
        }
    }

    public void cuModuleUnload(nint module) =>
        Check(((delegate* unmanaged<nint, int>)Resolve(ref _moduleUnload))(module));

    public nint cuModuleGetFunction(nint module, string name, string file)
    {
        nint function;
        fixed (byte* text = ZeroTerminated(name))
        {
            int status = ((delegate* unmanaged<nint*, nint, byte*, int>)Resolve(ref _moduleGetFunction))(
                &function, module, text);
            return status == 0
                ? function
                : throw Failure(nameof(cuModuleGetFunction), status, $"looking for kernel {name} in {file}");
        }
    }

    /// <summary>Allows a kernel this much dynamic shared memory; above 48 KiB none may have it without.</summary>
    public void cuFuncSetAttribute(nint function, int sharedBytes, string name)
    {
        const int maxDynamicSharedSizeBytes = 8;
        int status = ((delegate* unmanaged<nint, int, int, int>)Resolve(ref _funcSetAttribute))(
            function, maxDynamicSharedSizeBytes, sharedBytes);
        if (status != 0)
        {
            throw Failure(
                nameof(cuFuncSetAttribute), status,
                $"giving kernel {name} {sharedBytes:N0} bytes of shared memory per block");
        }
    }

    /// <summary>Launches a kernel whose only parameter lies at <paramref name="argument"/>.</summary>
    public void cuLaunchKernel(nint function, in LaunchShape shape, void* argument, nint stream, string name)
    {
        int status = ((delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int>)
            Resolve(ref _launchKernel))(
            function, (uint)shape.GridX, (uint)shape.GridY, (uint)shape.GridZ, (uint)shape.Block, 1, 1,
            (uint)shape.SharedBytes, stream, &argument, null);
        if (status != 0) throw LaunchFailure(nameof(cuLaunchKernel), status, shape, name);
    }

    /// <summary>
    /// The same, but the kernel may begin as soon as all blocks of the kernel before it on the stream have let it, or ended: it has to wait for
    /// that one's end by itself (programmatic stream serialization). A stream that is being recorded takes it from CUDA 12.3 on.
    /// </summary>
    public void cuLaunchKernelEx(nint function, in LaunchShape shape, void* argument, nint stream, string name)
    {
        const int programmaticStreamSerialization = 6;
        var attribute = new LaunchAttribute { Id = programmaticStreamSerialization, Value = 1 };
        var config = new LaunchConfig
        {
            GridX = (uint)shape.GridX,
            GridY = (uint)shape.GridY,
            GridZ = (uint)shape.GridZ,
            BlockX = (uint)shape.Block,
            BlockY = 1,
            BlockZ = 1,
            SharedBytes = (uint)shape.SharedBytes,
            Stream = stream,
            Attributes = &attribute,
            AttributeCount = 1,
        };
        int status = ((delegate* unmanaged<LaunchConfig*, nint, void**, void**, int>)Resolve(ref _launchKernelEx))(
            &config, function, &argument, null);
        if (status != 0) throw LaunchFailure(nameof(cuLaunchKernelEx), status, shape, name);
    }

    private CudaException LaunchFailure(string call, int status, in LaunchShape shape, string name) => Failure(
        call, status,
        $"launching kernel {name} on a grid of {shape.GridX} x {shape.GridY} x {shape.GridZ} blocks of "
        + $"{shape.Block} threads with {shape.SharedBytes} bytes of shared memory");

    protected override CudaException Failure(string call, int status, string? attempted = null)
    {
        byte* name, text;
        var getName = (delegate* unmanaged<int, byte**, int>)Resolve(ref _getErrorName, "cuGetErrorName");
        var getText = (delegate* unmanaged<int, byte**, int>)Resolve(ref _getErrorString, "cuGetErrorString");
        bool known = getName(status, &name) == 0 & getText(status, &text) == 0;
        string message = (known ? $"{Read(name)}, {Read(text)}" : "a status that the driver does not know")
            + (attempted is null ? "." : $", when {attempted}.")
            + StatusAdvice.ForDriver(status);
        return status == OutOfMemory
            ? new CudaOutOfMemoryException(call, status, message)
            : new CudaException(call, status, message);
    }
}

/// <summary>A property of a device, numbered as the driver does.</summary>
internal enum DeviceAttribute
{
    /// <summary>Most cycles of a multiprocessor, in kHz.</summary>
    ClockRate = 13,

    /// <summary>Streaming multiprocessors.</summary>
    MultiprocessorCount = 16,

    /// <summary>Most cycles of the memory, in kHz.</summary>
    MemoryClockRate = 36,

    /// <summary>Wires to the memory.</summary>
    MemoryBusWidth = 37,

    /// <summary>Major compute capability.</summary>
    ComputeCapabilityMajor = 75,

    /// <summary>Minor compute capability.</summary>
    ComputeCapabilityMinor = 76,

    /// <summary>Most dynamic shared memory of a block, for a kernel that asks for it, in bytes.</summary>
    MostSharedBytes = 97,
}

/// <summary>What the driver knows of an address, numbered as it does.</summary>
internal enum PointerAttribute
{
    /// <summary>What memory lies there; <see cref="DriverApi.DeviceMemory"/> for that of a device.</summary>
    MemoryType = 2,

    /// <summary>Number of the device.</summary>
    DeviceOrdinal = 9,

    /// <summary>Where the allocation begins that it lies in.</summary>
    RangeStart = 11,

    /// <summary>Bytes of that allocation.</summary>
    RangeSize = 12,
}
