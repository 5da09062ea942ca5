using IadNative.Cuda;
using IadNative.Cuda.Compilation;

namespace IadNative.Tests.Cuda;

/// <summary>A device with memory only: launches and products do nothing, so that training leaves what was imported.</summary>
/// <param name="capacity">Bytes of its memory.</param>
internal sealed class MemoryDriver(long capacity = 1 << 20) : ICudaDriver
{
    private readonly Dictionary<ulong, byte[]> _blocks = [];
    private ulong _next = 256;

    public CudaDeviceInfo Device => new("memory", "none", 8, 0, capacity, 1, 227 << 10, "none", "none", "none");

    /// <summary>The kernel files that were loaded, in order.</summary>
    public List<string> LoadedFiles { get; } = [];

    public (nint Context, nint Stream) Handles => default;

    /// <summary>Takes down the products that are asked for, in order; null for none.</summary>
    public List<MatrixProduct>? Products { get; init; }

    public long FreeMemory => capacity - _blocks.Values.Sum(block => block.LongLength);

    public ulong Allocate(long bytes)
    {
        if (bytes > FreeMemory) throw new CudaOutOfMemoryException("cuMemAlloc", FaultyDriver.OutOfMemory, "out of memory");
        ulong address = _next;
        _blocks.Add(address, new byte[bytes]);
        _next += ((ulong)bytes + 511) / 256 * 256;
        return address;
    }

    public void Free(ulong address)
    {
        if (!_blocks.Remove(address)) throw new ArgumentException($"{address} is not allocated.", nameof(address));
    }

    public bool Holds(ulong address, long bytes) => _blocks.Any(
        block => address >= block.Key && address - block.Key <= (ulong)block.Value.Length && bytes <= block.Value.Length - (long)(address - block.Key));

    public void CopyToDevice(ulong destination, ReadOnlySpan<byte> source) => source.CopyTo(At(destination, source.Length));

    public void CopyToHost(Span<byte> destination, ulong source) => At(source, destination.Length).CopyTo(destination);

    public void CopyOnDevice(ulong destination, ulong source, long bytes) =>
        At(source, (int)bytes).CopyTo(At(destination, (int)bytes));

    public void Clear(ulong address, long bytes) => At(address, (int)bytes).Clear();

    public void LoadFiles(IReadOnlyList<KernelFile> files) => LoadedFiles.AddRange(files.Select(file => file.Name));

    public nint GetKernel(KernelFile file, string name, int sharedBytes = 0) => 1;

    public void Launch(nint kernel, in LaunchShape shape, ReadOnlySpan<byte> argument)
    {
    }

    public void Multiply(in MatrixProduct product) => Products?.Add(product);

    public void Join()
    {
    }

    public void BeginCapture()
    {
    }

    public nint EndCapture() => 1;

    public void Replay(nint graph)
    {
    }

    public void DestroyGraph(nint graph)
    {
    }

    public nint CreateEvent() => 1;

    public void RecordEvent(nint happening)
    {
    }

    public void AwaitEvent(nint happening)
    {
    }

    public void RecordForeign(nint happening)
    {
    }

    public void WaitForForeign(nint happening)
    {
    }

    public void DestroyEvent(nint happening)
    {
    }

    public void Synchronize()
    {
    }

    public void Dispose() => _blocks.Clear();

    private Span<byte> At(ulong address, int length)
    {
        foreach ((ulong first, byte[] block) in _blocks)
        {
            if (address >= first && address < first + (ulong)block.Length) return block.AsSpan((int)(address - first), length);
        }

        throw new CudaException("MemoryDriver", FaultyDriver.IllegalAddress, $"{address} is not allocated.");
    }
}
