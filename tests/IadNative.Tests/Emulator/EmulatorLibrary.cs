using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;
using IadNative.Cuda;

namespace IadNative.Tests.Emulator;

/// <summary>
/// The emulator's library, loaded once for each mode, for good: it handles signals. Calls take turns, whichever driver and
/// thread they come from.
/// </summary>
internal sealed unsafe class EmulatorLibrary
{
    private static readonly Lazy<EmulatorLibrary> s_fastLibrary = new(() => new(EmulatorMode.Fast));
    private static readonly Lazy<EmulatorLibrary> s_checkLibrary = new(() => new(EmulatorMode.Check));

    private readonly Lock turn = new();
    private readonly EmulatorMode mode;
    private readonly Dictionary<string, nint> modules = [];
    private readonly Lazy<ConcurrentDictionary<string, string>> productLibraries;
    private readonly delegate* unmanaged<byte*> message;
    private readonly delegate* unmanaged<nuint, ulong*, int> allocate;
    private readonly delegate* unmanaged<ulong, int> free;
    private readonly delegate* unmanaged<ulong, byte*, nuint, int> copyToDevice;
    private readonly delegate* unmanaged<byte*, ulong, nuint, int> copyToHost;
    private readonly delegate* unmanaged<ulong, ulong, nuint, int> copyOnDevice;
    private readonly delegate* unmanaged<ulong, nuint, int> clear;
    private readonly delegate* unmanaged<byte*, nint*, int> load;
    private readonly delegate* unmanaged<nint, byte*, nint*, int> find;
    private readonly delegate* unmanaged<nint, nint, Shape*, Schedule*, byte*, nuint, int> launch;
    private readonly delegate* unmanaged<Product*, int> multiply;

    private EmulatorLibrary(EmulatorMode mode)
    {
        this.mode = mode;
        productLibraries = new(BuildProduct);
        nint library = NativeLibrary.Load(EmulatorBuild.Runtime(mode));
        message = (delegate* unmanaged<byte*>)NativeLibrary.GetExport(library, "emu_message");
        allocate = (delegate* unmanaged<nuint, ulong*, int>)NativeLibrary.GetExport(library, "emu_allocate");
        free = (delegate* unmanaged<ulong, int>)NativeLibrary.GetExport(library, "emu_free");
        copyToDevice = (delegate* unmanaged<ulong, byte*, nuint, int>)
            NativeLibrary.GetExport(library, "emu_copy_to_device");
        copyToHost = (delegate* unmanaged<byte*, ulong, nuint, int>)NativeLibrary.GetExport(library, "emu_copy_to_host");
        copyOnDevice = (delegate* unmanaged<ulong, ulong, nuint, int>)
            NativeLibrary.GetExport(library, "emu_copy_on_device");
        clear = (delegate* unmanaged<ulong, nuint, int>)NativeLibrary.GetExport(library, "emu_clear");
        load = (delegate* unmanaged<byte*, nint*, int>)NativeLibrary.GetExport(library, "emu_load");
        find = (delegate* unmanaged<nint, byte*, nint*, int>)NativeLibrary.GetExport(library, "emu_find");
        launch = (delegate* unmanaged<nint, nint, Shape*, Schedule*, byte*, nuint, int>)
            NativeLibrary.GetExport(library, "emu_launch");
        multiply = (delegate* unmanaged<Product*, int>)NativeLibrary.GetExport(library, "emu_multiply");
    }

    /// <summary>The library of a mode.</summary>
    public static EmulatorLibrary Get(EmulatorMode mode) => (mode == EmulatorMode.Check ? s_checkLibrary : s_fastLibrary).Value;

    public ulong Allocate(long bytes)
    {
        lock (turn)
        {
            ulong address;
            ThrowIfFailed("cuMemAlloc", allocate((nuint)bytes, &address));
            return address;
        }
    }

    public void Free(ulong address)
    {
        lock (turn)
            ThrowIfFailed("cuMemFree", free(address));
    }

    public void CopyToDevice(ulong destination, ReadOnlySpan<byte> source)
    {
        fixed (byte* from = source)
        {
            lock (turn)
                ThrowIfFailed("cuMemcpyHtoD", copyToDevice(destination, from, (nuint)source.Length));
        }
    }

    public void CopyToHost(Span<byte> destination, ulong source)
    {
        fixed (byte* to = destination)
        {
            lock (turn)
                ThrowIfFailed("cuMemcpyDtoH", copyToHost(to, source, (nuint)destination.Length));
        }
    }

    public void CopyOnDevice(ulong destination, ulong source, long bytes)
    {
        lock (turn)
            ThrowIfFailed("cuMemcpyDtoD", copyOnDevice(destination, source, (nuint)bytes));
    }

    public void Clear(ulong address, long bytes)
    {
        lock (turn)
            ThrowIfFailed("cuMemsetD8", clear(address, (nuint)bytes));
    }

    /// <summary>Loads a kernel file, once, and finds one of its kernels.</summary>
    public (nint Module, nint Kernel) GetKernel(string path, string name)
    {
        // The product's own files stay as they are while tests run; others a test may change.
        string library = Path.GetDirectoryName(path) == KernelSources.KernelFolder
            ? productLibraries.Value.GetOrAdd(path, file => EmulatorBuild.KernelLibrary(file, mode))
            : EmulatorBuild.KernelLibrary(path, mode);
        fixed (byte* libraryText = Text(library), nameText = Text(name))
        {
            lock (turn)
            {
                if (!modules.TryGetValue(library, out nint module))
                {
                    ThrowIfFailed("cuModuleLoadData", load(libraryText, &module));
                    modules.Add(library, module);
                }
                nint kernel;
                ThrowIfFailed("cuModuleGetFunction", find(module, nameText, &kernel));
                return (module, kernel);
            }
        }
    }

    public void Launch(nint module, nint kernel, Shape shape, Schedule schedule, ReadOnlySpan<byte> argument)
    {
        fixed (byte* bytes = argument)
        {
            lock (turn)
                ThrowIfFailed("cuLaunchKernel", launch(module, kernel, &shape, &schedule, bytes, (nuint)argument.Length));
        }
    }

    public void Multiply(Product product)
    {
        lock (turn)
            ThrowIfFailed("cublasSgemmStridedBatched", multiply(&product));
    }

    // All of the product's kernels are needed sooner or later, and compilers run side by side.
    private ConcurrentDictionary<string, string> BuildProduct()
    {
        var libraries = new ConcurrentDictionary<string, string>();
        Parallel.ForEach(KernelSources.KernelFiles, file => libraries[file] = EmulatorBuild.KernelLibrary(file, mode));
        return libraries;
    }

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text + '\0');

    private void ThrowIfFailed(string call, int status)
    {
        const int OutOfMemory = 2;
        if (status == 0)
            return;
        string text = CodePlaces.Resolve(Marshal.PtrToStringUTF8((nint)message())!);
        throw status == OutOfMemory
            ? new CudaOutOfMemoryException(call, status, text)
            : new CudaException(call, status, text);
    }

    /// <summary>As in runtime/machine.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public readonly record struct Shape(uint GridX, uint GridY, uint GridZ, uint Block, uint SharedBytes);

    /// <summary>As in runtime/machine.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public readonly record struct Schedule(ulong Seed, uint Resident, uint BlockOrder, uint Preempt, uint LimitMs);

    /// <summary>As in runtime/matrix_product.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public readonly record struct Product(
        ulong A, ulong B, ulong C, long BatchStrideA, long BatchStrideB, long BatchStrideC,
        int Rows, int Columns, int Inner, int Batch, int RowStrideA, int RowStrideB, int RowStrideC,
        int TransposeA, int TransposeB, float Beta);
}
