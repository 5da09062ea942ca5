using System.Buffers;
using Apache.Arrow.Memory;

namespace IadNative.Parquet.Messages;

/// <summary>The memory of Arrow's batches, no more than the bytes read so far justify.</summary>
/// <param name="file">For messages.</param>
/// <param name="limit">Bytes that may be in use at this moment.</param>
internal sealed class BoundedAllocator(string file, Func<long> limit) : MemoryAllocator
{
    private long _used;

    /// <inheritdoc/>
    protected override IMemoryOwner<byte> AllocateInternal(int length, out int bytesAllocated)
    {
        if (_used + length > limit())
        {
            throw new DataFormatException($"{file}: a batch of rows claims {length} bytes, more than its size justifies. " +
                "It is damaged, or holds nothing but repetitions. Copy or save it again.");
        }

        _used += length;
        bytesAllocated = length;
        return new Owner(this, length);
    }

    private sealed class Owner(BoundedAllocator allocator, int length) : IMemoryOwner<byte>
    {
        private byte[]? _bytes = ArrayPool<byte>.Shared.Rent(length);

        public Memory<byte> Memory => _bytes.AsMemory(0, length);

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _bytes, null) is not { } bytes) return;
            allocator._used -= length;
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
