using IadNative.Cuda;
using IadNative.Cuda.Compilation;

namespace IadNative.Tests.Cuda;

/// <summary>The calls of <see cref="ICudaDriver"/>.</summary>
internal enum DriverCall
{
    Allocate, Free, CopyToDevice, CopyToHost, CopyOnDevice, Clear, LoadFiles, GetKernel, Launch, Multiply, Join, BeginCapture, EndCapture, Replay,
    DestroyGraph, CreateEvent, RecordEvent, AwaitEvent, RecordForeign, WaitForForeign, DestroyEvent, Synchronize, FreeMemory, Holds,
}

/// <summary>
/// Another driver whose calls are written down and one of which fails: an allocation for want of memory, which leaves the device
/// as it was; every other call with an illegal address, after which the device is lost and nothing works, not even freeing.
/// </summary>
internal sealed class FaultyDriver(ICudaDriver inner) : ICudaDriver
{
    private nint _lost;

    public const int OutOfMemory = 2, IllegalAddress = 700, DeviceLost = 999;

    /// <summary>The number, from 0, of the call that fails; null for none.</summary>
    public int? FaultAt { get; init; }

    /// <summary>Whether products of matrices are not computed, of which no call tells.</summary>
    public bool LosesProducts { get; init; }

    /// <summary>The name of a kernel that does nothing where it is launched, of which no call tells.</summary>
    public string? LosesLaunchesOf { get; init; }

    /// <summary>What is done in the place of a product, of which no call tells; null for the product.</summary>
    public Action<ICudaDriver, MatrixProduct>? Multiplies { get; init; }

    /// <summary>Whether what stands aside is never joined, of which no call tells.</summary>
    public bool LosesJoins { get; init; }

    /// <summary>All calls so far.</summary>
    public List<DriverCall> Calls { get; } = [];

    /// <summary>How many nodes all graphs have together: calls that were recorded.</summary>
    public int Recorded
    {
        get
        {
            int nodes = 0;
            bool isRecording = false;
            foreach (DriverCall call in Calls)
            {
                isRecording = call == DriverCall.BeginCapture || (isRecording && call != DriverCall.EndCapture);
                if (isRecording && call is not (DriverCall.BeginCapture or DriverCall.Join)) nodes++;
            }

            return nodes;
        }
    }

    /// <summary>Whether the device is lost.</summary>
    public bool Lost { get; private set; }

    public CudaDeviceInfo Device => inner.Device;

    public (nint Context, nint Stream) Handles => inner.Handles;

    public long FreeMemory
    {
        get
        {
            Enter(DriverCall.FreeMemory);
            return inner.FreeMemory;
        }
    }

    public ulong Allocate(long bytes)
    {
        Enter(DriverCall.Allocate);
        return inner.Allocate(bytes);
    }

    public void Free(ulong address)
    {
        Enter(DriverCall.Free);
        inner.Free(address);
    }

    public bool Holds(ulong address, long bytes)
    {
        Enter(DriverCall.Holds);
        return inner.Holds(address, bytes);
    }

    public void CopyToDevice(ulong destination, ReadOnlySpan<byte> source)
    {
        Enter(DriverCall.CopyToDevice);
        inner.CopyToDevice(destination, source);
    }

    public void CopyToHost(Span<byte> destination, ulong source)
    {
        Enter(DriverCall.CopyToHost);
        inner.CopyToHost(destination, source);
    }

    public void CopyOnDevice(ulong destination, ulong source, long bytes)
    {
        Enter(DriverCall.CopyOnDevice);
        inner.CopyOnDevice(destination, source, bytes);
    }

    public void Clear(ulong address, long bytes)
    {
        Enter(DriverCall.Clear);
        inner.Clear(address, bytes);
    }

    public void LoadFiles(IReadOnlyList<KernelFile> files)
    {
        Enter(DriverCall.LoadFiles);
        inner.LoadFiles(files);
    }

    public nint GetKernel(KernelFile file, string name, int sharedBytes = 0)
    {
        Enter(DriverCall.GetKernel);
        nint kernel = inner.GetKernel(file, name, sharedBytes);
        if (name == LosesLaunchesOf) _lost = kernel;
        return kernel;
    }

    public void Launch(nint kernel, in LaunchShape shape, ReadOnlySpan<byte> argument)
    {
        Enter(DriverCall.Launch);
        if (kernel != _lost) inner.Launch(kernel, shape, argument);
    }

    public void Multiply(in MatrixProduct product)
    {
        Enter(DriverCall.Multiply);
        if (LosesProducts) return;
        if (Multiplies is null) inner.Multiply(product);
        else Multiplies(inner, product);
    }

    public void Join()
    {
        Enter(DriverCall.Join);
        if (!LosesJoins) inner.Join();
    }

    public void BeginCapture()
    {
        Enter(DriverCall.BeginCapture);
        inner.BeginCapture();
    }

    public nint EndCapture()
    {
        Enter(DriverCall.EndCapture);
        return inner.EndCapture();
    }

    public void Replay(nint graph)
    {
        Enter(DriverCall.Replay);
        inner.Replay(graph);
    }

    public void DestroyGraph(nint graph)
    {
        Enter(DriverCall.DestroyGraph);
        inner.DestroyGraph(graph);
    }

    public nint CreateEvent()
    {
        Enter(DriverCall.CreateEvent);
        return inner.CreateEvent();
    }

    public void RecordEvent(nint happening)
    {
        Enter(DriverCall.RecordEvent);
        inner.RecordEvent(happening);
    }

    public void AwaitEvent(nint happening)
    {
        Enter(DriverCall.AwaitEvent);
        inner.AwaitEvent(happening);
    }

    public void RecordForeign(nint happening)
    {
        Enter(DriverCall.RecordForeign);
        inner.RecordForeign(happening);
    }

    public void WaitForForeign(nint happening)
    {
        Enter(DriverCall.WaitForForeign);
        inner.WaitForForeign(happening);
    }

    public void DestroyEvent(nint happening)
    {
        Enter(DriverCall.DestroyEvent);
        inner.DestroyEvent(happening);
    }

    public void Synchronize()
    {
        Enter(DriverCall.Synchronize);
        inner.Synchronize();
    }

    public void Dispose() => inner.Dispose();

    private void Enter(DriverCall call)
    {
        int number = Calls.Count;
        Calls.Add(call);
        if (Lost) throw new CudaException($"{call}", DeviceLost, "device lost");
        if (number != FaultAt) return;
        if (call == DriverCall.Allocate) throw new CudaOutOfMemoryException($"{call}", OutOfMemory, "out of memory");
        Lost = true;
        throw new CudaException($"{call}", IllegalAddress, "illegal address");
    }
}
