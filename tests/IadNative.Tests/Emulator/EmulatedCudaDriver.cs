using IadNative.Cuda;
using IadNative.Cuda.Compilation;

namespace IadNative.Tests.Emulator;

/// <summary>
/// A CUDA device on the CPU: the same kernel files, built by clang as host code, and matrix products in plain loops.
/// Everything runs at once, in the calling thread, so a kernel's fault is thrown by the launch itself.
/// </summary>
internal sealed class EmulatedCudaDriver : ICudaDriver
{
    private const int InvalidValue = 1, LaunchFailed = 719, CaptureUnsupported = 900, CaptureUnjoined = 904;

    // Of a block on compute capability 9.0: what every kernel may have, and the most with leave.
    private const int SharedBytesOfAll = 48 << 10, MostSharedBytes = 227 << 10;

    private readonly EmulatorOptions options;
    private readonly EmulatorLibrary library;
    private readonly Dictionary<ulong, long> allocations = [];
    private readonly Dictionary<(KernelFile File, string Name), LoadedKernel> functions = [];
    private readonly Dictionary<nint, LoadedKernel> kernels = [];
    private readonly Dictionary<nint, List<Action>> graphs = [];
    private readonly Dictionary<string, int> launches = [];
    private readonly HashSet<nint> events = [];
    private readonly List<Action> aside = []; // products that are not joined yet
    private List<Action>? captured;
    private nint lastGraph, lastEvent;
    private bool disposed;

    // Before and after a launch.
    private byte[] before = [], after = [];

    /// <summary>Opens a device.</summary>
    /// <exception cref="InvalidOperationException">There is no compiler for the emulator.</exception>
    public EmulatedCudaDriver(EmulatorOptions options)
    {
        this.options = options;
        library = EmulatorLibrary.Get(options.Mode);
    }

    /// <summary>How often each kernel was launched, by name.</summary>
    public IReadOnlyDictionary<string, int> Launches => launches;

    /// <inheritdoc/>
    public CudaDeviceInfo Device => new(
        $"Emulated CUDA device ({options.Mode})", "none", options.ComputeMajor, 0, options.MemoryBytes, 1, MostSharedBytes,
        "emulated", ClangCompiler.Instance.Version, "emulated");

    /// <inheritdoc/>
    public (nint Context, nint Stream) Handles => default;

    /// <inheritdoc/>
    public long FreeMemory => options.MemoryBytes - allocations.Values.Sum();

    /// <inheritdoc/>
    public ulong Allocate(long bytes)
    {
        RefuseDuringCapture("cuMemAlloc");
        if (bytes <= 0)
            throw new CudaException("cuMemAlloc", InvalidValue, $"{bytes} bytes cannot be allocated.");
        if (bytes > FreeMemory)
            throw new CudaOutOfMemoryException("cuMemAlloc", 2, $"{bytes} bytes were asked for, {FreeMemory} are left.");
        ulong address = library.Allocate(bytes);
        allocations.Add(address, bytes);
        return address;
    }

    /// <inheritdoc/>
    public void Free(ulong address)
    {
        RefuseDuringCapture("cuMemFree");
        library.Free(address);
        allocations.Remove(address);
    }

    /// <inheritdoc/>
    public bool Holds(ulong address, long bytes) => allocations.Any(
        own => address >= own.Key && address - own.Key <= (ulong)own.Value && bytes <= own.Value - (long)(address - own.Key));

    /// <inheritdoc/>
    public void CopyToDevice(ulong destination, ReadOnlySpan<byte> source)
    {
        RefuseDuringCapture("cuMemcpyHtoD");
        library.CopyToDevice(destination, source);
    }

    /// <inheritdoc/>
    public void CopyToHost(Span<byte> destination, ulong source)
    {
        RefuseDuringCapture("cuMemcpyDtoH");
        library.CopyToHost(destination, source);
    }

    /// <inheritdoc/>
    public void CopyOnDevice(ulong destination, ulong source, long bytes) =>
        RunOrRecord(() => library.CopyOnDevice(destination, source, bytes));

    /// <inheritdoc/>
    public void Clear(ulong address, long bytes) => RunOrRecord(() => library.Clear(address, bytes));

    /// <inheritdoc/>
    public void LoadFiles(IReadOnlyList<KernelFile> files) => RefuseDuringCapture("cuModuleLoadData"); // each with its first kernel

    /// <inheritdoc/>
    public nint GetKernel(KernelFile file, string name, int sharedBytes = 0)
    {
        if (!functions.TryGetValue((file, name), out LoadedKernel? loaded))
        {
            RefuseDuringCapture("cuModuleLoadData");
            var (module, kernel) = library.GetKernel(KernelSources.PathOf(options.KernelFolder, file), name);
            loaded = new(module, kernel, name);
            functions.Add((file, name), loaded);
            kernels.Add(kernel, loaded);
        }

        if (sharedBytes > loaded.SharedBytes)
        {
            RefuseDuringCapture("cuFuncSetAttribute");
            if (sharedBytes > MostSharedBytes)
                throw new CudaException("cuFuncSetAttribute", InvalidValue, $"A block can have {MostSharedBytes} bytes of shared memory, not {sharedBytes}.");
            loaded.SharedBytes = sharedBytes;
        }

        return loaded.Kernel;
    }

    /// <inheritdoc/>
    public void Launch(nint kernel, in LaunchShape shape, ReadOnlySpan<byte> argument)
    {
        if (!kernels.TryGetValue(kernel, out LoadedKernel? found))
            throw new CudaException("cuLaunchKernel", InvalidValue, $"{kernel} is not a kernel of this driver.");
        if (shape.SharedBytes > found.SharedBytes)
        {
            throw new CudaException(
                "cuLaunchKernel", InvalidValue,
                $"Kernel {found.Name} may have {found.SharedBytes} bytes of dynamic shared memory, not {shape.SharedBytes}, unless GetKernel is told.");
        }

        var emulated = new EmulatorLibrary.Shape(
            (uint)shape.GridX, (uint)shape.GridY, (uint)shape.GridZ, (uint)shape.Block, (uint)shape.SharedBytes);
        byte[] bytes = argument.ToArray();
        RunOrRecord(() =>
        {
            launches[found.Name] = launches.GetValueOrDefault(found.Name) + 1;
            Launch(found, emulated, bytes);
        });
    }

    /// <inheritdoc/>
    public void Multiply(in MatrixProduct product)
    {
        MatrixProduct p = product;
        void Run() => library.Multiply(new EmulatorLibrary.Product(
            p.A, p.B, p.C, p.BatchStrideA, p.BatchStrideB, p.BatchStrideC, p.Rows, p.Columns, p.Inner, p.Batch,
            p.RowStrideA, p.RowStrideB, p.RowStrideC, p.TransposeA ? 1 : 0, p.TransposeB ? 1 : 0, p.Beta));
        if (p.IsAside && options.RunsAsideLate)
            aside.Add(Run);
        else
            RunOrRecord(Run);
    }

    /// <inheritdoc/>
    public void Join()
    {
        Action[] late = [.. aside];
        aside.Clear();
        foreach (Action product in late)
            RunOrRecord(product);
    }

    /// <inheritdoc/>
    public void BeginCapture()
    {
        RefuseDuringCapture("cuStreamBeginCapture");
        captured = [];
    }

    /// <inheritdoc/>
    public nint EndCapture()
    {
        if (captured is null)
            throw new CudaException("cuStreamEndCapture", InvalidValue, "Nothing is captured.");
        if (aside.Count > 0)
        {
            captured = null;
            throw Unjoined("cuStreamEndCapture");
        }

        graphs.Add(++lastGraph, captured);
        captured = null;
        return lastGraph;
    }

    /// <inheritdoc/>
    public void Replay(nint graph)
    {
        RefuseDuringCapture("cuGraphLaunch");
        if (!graphs.TryGetValue(graph, out List<Action>? work))
            throw new CudaException("cuGraphLaunch", InvalidValue, $"{graph} is not a graph of this driver.");
        work.ForEach(step => step());
    }

    /// <inheritdoc/>
    public void DestroyGraph(nint graph)
    {
        if (!graphs.Remove(graph))
            throw new CudaException("cuGraphExecDestroy", InvalidValue, $"{graph} is not a graph of this driver.");
    }

    /// <inheritdoc/>
    public nint CreateEvent()
    {
        RefuseDuringCapture("cuEventCreate");
        events.Add(++lastEvent);
        return lastEvent;
    }

    /// <inheritdoc/>
    public void RecordEvent(nint happening)
    {
        RefuseDuringCapture("cuEventRecord");
        RequireEvent("cuEventRecord", happening);
    }

    /// <inheritdoc/>
    public void AwaitEvent(nint happening)
    {
        RefuseDuringCapture("cuEventSynchronize");
        RequireEvent("cuEventSynchronize", happening);
    }

    /// <inheritdoc/>
    public void RecordForeign(nint happening) => RecordEvent(happening);

    /// <inheritdoc/>
    public void WaitForForeign(nint happening) => AwaitEvent(happening);

    /// <inheritdoc/>
    public void DestroyEvent(nint happening)
    {
        RequireEvent("cuEventDestroy", happening);
        events.Remove(happening);
    }

    /// <inheritdoc/>
    public void Synchronize() => RefuseDuringCapture("cuEventSynchronize");

    /// <inheritdoc/>
    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        foreach (ulong address in allocations.Keys)
            library.Free(address);
    }

    private void Launch(LoadedKernel kernel, EmulatorLibrary.Shape shape, byte[] argument)
    {
        if (options.SameOn.Count > 0)
            ReadMemory(ref before);
        Run(options);
        if (options.SameOn.Count > 0)
            ReadMemory(ref after);
        foreach (EmulatorOptions other in options.SameOn)
        {
            WriteMemory(before);
            Run(other);
            if (!HoldsMemory(after))
                throw new CudaException("cuLaunchKernel", LaunchFailed, $"SCHEDULE: {kernel.Name} leaves other bits on {other}.");
        }

        void Run(EmulatorOptions schedule) =>
            library.Launch(kernel.Module, kernel.Kernel, shape, Schedule(schedule), argument);
    }

    // The content of all allocations, one after the other.
    private void ReadMemory(ref byte[] copy)
    {
        int bytes = (int)allocations.Values.Sum(), at = 0;
        if (copy.Length < bytes)
            copy = new byte[bytes];
        foreach (var (address, length) in allocations)
        {
            Memory(address, length).CopyTo(copy.AsSpan(at));
            at += (int)length;
        }
    }

    private void WriteMemory(byte[] copy)
    {
        int at = 0;
        foreach (var (address, length) in allocations)
        {
            copy.AsSpan(at, (int)length).CopyTo(Memory(address, length));
            at += (int)length;
        }
    }

    private bool HoldsMemory(byte[] copy)
    {
        int at = 0;
        foreach (var (address, length) in allocations)
        {
            if (!Memory(address, length).SequenceEqual(copy.AsSpan(at, (int)length)))
                return false;
            at += (int)length;
        }
        return true;
    }

    // Emulated addresses are the host's.
    private static unsafe Span<byte> Memory(ulong address, long length) => new((void*)address, (int)length);

    private static EmulatorLibrary.Schedule Schedule(EmulatorOptions options) => new(
        options.Seed, (uint)options.Residency,
        (uint)(options.Order ?? (options.Seed == 0 ? BlockOrder.Ascending : BlockOrder.Shuffled)),
        options.Seed == 0 ? 0 : (uint)options.AccessesBetweenInterruptions, (uint)options.TimeLimit.TotalMilliseconds);

    private void RunOrRecord(Action work)
    {
        if (captured is { } steps)
            steps.Add(work);
        else
            work();
    }

    private void RequireEvent(string call, nint happening)
    {
        if (!events.Contains(happening)) throw new CudaException(call, InvalidValue, $"{happening} is not an event of this driver.");
    }

    private void RefuseDuringCapture(string call)
    {
        if (captured is not null)
            throw new CudaException(call, CaptureUnsupported, "The call is not allowed while work is captured.");
        if (aside.Count > 0)
            throw Unjoined(call);
    }

    // No call but launches, products, clears and copies on the device comes before products that stand aside are joined.
    private CudaException Unjoined(string call)
    {
        int products = aside.Count;
        aside.Clear();
        return new CudaException(call, CaptureUnjoined, $"{products} products that stand aside are not joined.");
    }

    private sealed class LoadedKernel(nint module, nint kernel, string name)
    {
        public nint Module => module;

        public nint Kernel => kernel;

        public string Name => name;

        /// <summary>Dynamic shared memory that a block may have, in bytes.</summary>
        public int SharedBytes { get; set; } = SharedBytesOfAll;
    }
}
