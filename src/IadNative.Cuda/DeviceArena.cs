namespace IadNative.Cuda;

/// <summary>A block inside a session's device memory.</summary>
internal sealed class DeviceBuffer(long bytes)
{
    /// <summary>Its size.</summary>
    public long Bytes { get; private set; } = bytes;

    /// <summary>Its first byte; known once the arena is allocated.</summary>
    public ulong Address { get; set; }

    /// <summary>Makes it larger, before the arena is allocated, where it has not room for so many elements.</summary>
    public unsafe void Enlarge<T>(long count)
        where T : unmanaged =>
        Bytes = Math.Max(Bytes, checked(count * sizeof(T)));
}

/// <summary>All device memory of a session: reserved piece by piece, allocated at once, freed at once.</summary>
/// <param name="driver">The device.</param>
/// <param name="isolate">
/// Whether each buffer gets an allocation of its own, so that a device that guards its allocations notices every access
/// outside a buffer.
/// </param>
internal sealed class DeviceArena(ICudaDriver driver, bool isolate) : IDisposable
{
    private const long Alignment = 256;

    private readonly List<DeviceBuffer> _buffers = [];
    private readonly List<ulong> _allocations = [];

    /// <summary>Bytes of everything that was reserved.</summary>
    public long Bytes
    {
        get
        {
            long total = 0;
            foreach (DeviceBuffer buffer in _buffers) total = checked(total + RoundUp(buffer.Bytes));
            return total;
        }
    }

    /// <summary>Room for <paramref name="count"/> elements.</summary>
    public unsafe DeviceBuffer Reserve<T>(long count)
        where T : unmanaged
    {
        var buffer = new DeviceBuffer(checked(count * sizeof(T)));
        _buffers.Add(buffer);
        return buffer;
    }

    /// <summary>Allocates everything that was reserved.</summary>
    /// <exception cref="CudaOutOfMemoryException">The device has not that much left.</exception>
    public void Allocate()
    {
        if (isolate)
        {
            foreach (DeviceBuffer buffer in _buffers.Where(buffer => buffer.Bytes > 0)) buffer.Address = Allocate(buffer.Bytes);
            return;
        }

        ulong address = Allocate(Bytes);
        foreach (DeviceBuffer buffer in _buffers)
        {
            buffer.Address = address;
            address += (ulong)RoundUp(buffer.Bytes);
        }
    }

    /// <summary>Frees everything. Never throws: on a lost device, whose memory is gone anyway, every call fails.</summary>
    public void Dispose()
    {
        foreach (ulong allocation in _allocations)
        {
            try
            {
                driver.Free(allocation);
            }
            catch (CudaException)
            {
                // Whatever lost the device was thrown by the call that met it first, and must not be hidden by this one.
            }
        }

        _allocations.Clear();
    }

    private ulong Allocate(long bytes)
    {
        ulong address = driver.Allocate(bytes);
        _allocations.Add(address);
        return address;
    }

    private static long RoundUp(long bytes) => checked(bytes + Alignment - 1) / Alignment * Alignment;
}
