using IadNative.Cuda.Compilation;

namespace IadNative.Cuda.Choice;

/// <summary>
/// A device that computes nothing and counts what it is given: every launch, product, clear and copy is a node of the graph that a
/// session would record. What is read from it is zero. It has no memory behind its addresses and any amount of it.
/// </summary>
/// <param name="device">The device that it stands for.</param>
internal sealed class CountingDriver(CudaDeviceInfo device) : ICudaDriver
{
    private const ulong FirstAddress = 1 << 20;

    /// <summary>Elements of a tile of a product that one block computes, along rows and along columns.</summary>
    public const int Tile = 64;

    private readonly List<(KernelFile File, string Name)> _kernels = [];
    private ulong _next = FirstAddress;
    private long _aside; // the longest chain that ends with a product that stands aside

    /// <summary>Nodes so far.</summary>
    public long Nodes { get; private set; }

    /// <summary>Nodes of the longest chain so far, of which each waits for the one before, where products that stand aside run beside the others.</summary>
    public long LongestChain { get; private set; }

    /// <summary>
    /// Multiply-adds that one multiprocessor after the other computes, so far: a product is cut into tiles, all multiprocessors take
    /// one at a time, and the last ones wait for the one that comes last.
    /// </summary>
    public double SerialProducts { get; private set; }

    /// <summary>Told of every launch: the kernel's file and name, and how it is launched; null to ignore them.</summary>
    public Action<KernelFile, string, LaunchShape>? Launched { get; init; }

    /// <inheritdoc/>
    public CudaDeviceInfo Device => device;

    /// <inheritdoc/>
    public (nint Context, nint Stream) Handles => default;

    /// <inheritdoc/>
    public long FreeMemory => long.MaxValue;

    /// <inheritdoc/>
    public ulong Allocate(long bytes)
    {
        ulong address = _next;
        _next += (ulong)(bytes + 255) / 256 * 256;
        return address;
    }

    /// <inheritdoc/>
    public void Free(ulong address)
    {
    }

    /// <inheritdoc/>
    public bool Holds(ulong address, long bytes) => true;

    /// <inheritdoc/>
    public void CopyToDevice(ulong destination, ReadOnlySpan<byte> source) => Count();

    /// <inheritdoc/>
    public void CopyToHost(Span<byte> destination, ulong source)
    {
        Count();
        destination.Clear();
    }

    /// <inheritdoc/>
    public void CopyOnDevice(ulong destination, ulong source, long bytes) => Count();

    /// <inheritdoc/>
    public void Clear(ulong address, long bytes) => Count();

    /// <inheritdoc/>
    public void LoadFiles(IReadOnlyList<KernelFile> files)
    {
    }

    /// <inheritdoc/>
    public nint GetKernel(KernelFile file, string name, int sharedBytes = 0)
    {
        int known = _kernels.IndexOf((file, name));
        if (known >= 0) return known + 1;
        _kernels.Add((file, name));
        return _kernels.Count;
    }

    /// <inheritdoc/>
    public void Launch(nint kernel, in LaunchShape shape, ReadOnlySpan<byte> argument)
    {
        Count();
        if (Launched is null) return;
        (KernelFile file, string name) = _kernels[(int)kernel - 1];
        Launched(file, name, shape);
    }

    /// <inheritdoc/>
    public void Multiply(in MatrixProduct product)
    {
        if (product.IsAside)
        {
            Nodes++;
            _aside = Math.Max(_aside, LongestChain) + 1;
        }
        else
        {
            Count();
        }

        double tiles = (double)Tiles(product.Rows) * Tiles(product.Columns) * Math.Max(1, product.Batch);
        SerialProducts += Math.Ceiling(tiles / device.Multiprocessors) * Tile * Tile * product.Inner;
    }

    /// <inheritdoc/>
    public void Join() => LongestChain = Math.Max(LongestChain, _aside);

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">Always: what is recorded would not be counted as often as it is replayed.</exception>
    public void BeginCapture() => throw new NotSupportedException("A device that counts records nothing.");

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">Always.</exception>
    public nint EndCapture() => throw new NotSupportedException("A device that counts records nothing.");

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">Always.</exception>
    public void Replay(nint graph) => throw new NotSupportedException("A device that counts records nothing.");

    /// <inheritdoc/>
    public void DestroyGraph(nint graph)
    {
    }

    /// <inheritdoc/>
    public nint CreateEvent() => 1;

    /// <inheritdoc/>
    public void RecordEvent(nint happening)
    {
    }

    /// <inheritdoc/>
    public void AwaitEvent(nint happening)
    {
    }

    /// <inheritdoc/>
    public void RecordForeign(nint happening)
    {
    }

    /// <inheritdoc/>
    public void WaitForForeign(nint happening)
    {
    }

    /// <inheritdoc/>
    public void DestroyEvent(nint happening)
    {
    }

    /// <inheritdoc/>
    public void Synchronize()
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private void Count()
    {
        Nodes++;
        LongestChain++;
    }

    private static int Tiles(int length) => (length + Tile - 1) / Tile;
}
