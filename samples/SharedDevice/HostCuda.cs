using System.Reflection;
using System.Runtime.InteropServices;

/// <summary>
/// The program's own calls of NVIDIA's driver, which stand for whatever makes them: in ManagedCuda a CudaContext has its handle in Context,
/// a CudaStream in Stream, a CudaEvent in Event and a CudaDeviceVariable its address in DevicePointer; in TorchSharp it is the pointer of
/// a tensor's data.
/// </summary>
internal static unsafe partial class HostCuda
{
    private const string Library = "cuda";

    static HostCuda() => NativeLibrary.SetDllImportResolver(Assembly.GetExecutingAssembly(), (name, _, _) =>
    {
        if (name != Library) return 0;
        string file = OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";
        return NativeLibrary.TryLoad(file, out nint library) ? library : throw new DllNotFoundException($"There is no {file}: the driver is not installed.");
    });

    /// <summary>Throws for a call that failed.</summary>
    public static void Check(int status, string call)
    {
        if (status != 0) throw new InvalidOperationException($"{call} failed ({status}).");
    }

    [LibraryImport(Library)]
    public static partial int cuInit(uint flags);

    [LibraryImport(Library)]
    public static partial int cuDeviceGet(out int device, int ordinal);

    [LibraryImport(Library)]
    public static partial int cuDevicePrimaryCtxRetain(out nint context, int device);

    [LibraryImport(Library)]
    public static partial int cuDevicePrimaryCtxRelease_v2(int device);

    [LibraryImport(Library)]
    public static partial int cuCtxSetCurrent(nint context);

    [LibraryImport(Library)]
    public static partial int cuStreamCreate(out nint stream, uint flags);

    [LibraryImport(Library)]
    public static partial int cuStreamWaitEvent(nint stream, nint happening, uint flags);

    [LibraryImport(Library)]
    public static partial int cuStreamSynchronize(nint stream);

    [LibraryImport(Library)]
    public static partial int cuStreamDestroy_v2(nint stream);

    [LibraryImport(Library)]
    public static partial int cuEventCreate(out nint happening, uint flags);

    [LibraryImport(Library)]
    public static partial int cuEventRecord(nint happening, nint stream);

    [LibraryImport(Library)]
    public static partial int cuEventDestroy_v2(nint happening);

    [LibraryImport(Library)]
    public static partial int cuMemAlloc_v2(out ulong address, nuint bytes);

    [LibraryImport(Library)]
    public static partial int cuMemFree_v2(ulong address);

    [LibraryImport(Library)]
    public static partial int cuMemcpyHtoDAsync_v2(ulong destination, void* source, nuint bytes, nint stream);

    [LibraryImport(Library)]
    public static partial int cuMemcpyDtoHAsync_v2(void* destination, ulong source, nuint bytes, nint stream);
}
