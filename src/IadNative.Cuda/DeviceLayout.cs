using IadNative.Compute;

namespace IadNative.Cuda;

/// <summary>
/// Where the tensors of a flat block lie on the device. Each begins 16 bytes aligned, so that rows of four numbers can be read at
/// once, and each replica's block 256 bytes aligned, as <see cref="DeviceArena"/> aligns the first one. What lies between is zero and
/// stays so; on the host, tensors have no gaps.
/// </summary>
/// <param name="layout">The tensors as the plan has them.</param>
internal sealed class DeviceLayout(TensorLayout layout)
{
    /// <summary>Numbers that a tensor begins at a multiple of.</summary>
    public const int TensorAlignment = 4;

    /// <summary>Numbers that a replica's block begins at a multiple of.</summary>
    public const int ReplicaAlignment = 64;

    private readonly int[] _offsets = [.. layout.Slots.Select(slot => slot.Offset)], _places = Places(layout);

    /// <summary>The tensors as the plan has them.</summary>
    public TensorLayout Layout => layout;

    /// <summary>Numbers from one replica's block to the next one's; 0 for an empty one.</summary>
    public int Stride { get; } = checked((int)RoundUp(Places(layout)[^1], ReplicaAlignment));

    /// <summary>Where a number of the plan's block lies.</summary>
    public int PlaceOf(int offset)
    {
        int slot = Array.BinarySearch(_offsets, offset);
        if (slot < 0) slot = ~slot - 1;
        return _places[slot] + offset - _offsets[slot];
    }

    /// <summary>Copies a block to where it lies on the device.</summary>
    public void Pack(ReadOnlySpan<float> block, Span<float> packed)
    {
        for (int i = 0; i < _offsets.Length; i++) block.Slice(_offsets[i], layout.Slots[i].Length).CopyTo(packed[_places[i]..]);
    }

    /// <summary>The reverse.</summary>
    public void Unpack(ReadOnlySpan<float> packed, Span<float> block)
    {
        for (int i = 0; i < _offsets.Length; i++) packed.Slice(_places[i], layout.Slots[i].Length).CopyTo(block[_offsets[i]..]);
    }

    /// <summary>The next multiple of an alignment.</summary>
    public static long RoundUp(long count, int alignment) => checked(count + alignment - 1) / alignment * alignment;

    // The place of every tensor, and behind the last one.
    private static int[] Places(TensorLayout layout)
    {
        int[] places = new int[layout.Slots.Count + 1];
        for (int i = 0; i < layout.Slots.Count; i++)
            places[i + 1] = checked((int)RoundUp(places[i] + (long)layout.Slots[i].Length, TensorAlignment));

        return places;
    }
}
