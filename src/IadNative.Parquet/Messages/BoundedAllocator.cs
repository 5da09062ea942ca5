using System.Buffers;
using Apache.Arrow.Memory;
using IadNative.Data.Formats;

namespace IadNative.Parquet.Messages;

/// <summary>
/// The memory of Arrow's batches, in all no more than the bytes read so far justify. It is left to the garbage collector: a batch that is
/// disposed of takes with it the dictionary that the next one shares.
/// </summary>
/// <param name="file">For messages.</param>
/// <param name="limit">Bytes that may have been taken by now.</param>
internal sealed class BoundedAllocator(string file, Func<long> limit) : MemoryAllocator
{
    private long _taken;

    /// <inheritdoc/>
    protected override IMemoryOwner<byte> AllocateInternal(int length, out int bytesAllocated)
    {
        if (_taken + length > limit())
        {
            throw new DataFormatException($"{file}: a batch of rows claims {length} bytes, more than its size justifies. " +
                ReaderLimits.Remedy);
        }

        _taken += length;
        bytesAllocated = length;
        return new Owner(length);
    }

    private sealed class Owner(int length) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory { get; } = GC.AllocateUninitializedArray<byte>(length);

        public void Dispose()
        {
        }
    }
}
