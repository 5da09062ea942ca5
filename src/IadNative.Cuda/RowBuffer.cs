namespace IadNative.Cuda;

/// <summary>So many numbers of every row of a batch and every replica, replica after replica.</summary>
/// <param name="width">Numbers of a row.</param>
/// <param name="isCommon">Whether all replicas have the same numbers of common rows, and only the first one's are written.</param>
internal sealed class RowBuffer(long width, bool isCommon = false)
{
    private DeviceBuffer? _buffer;

    /// <summary>Numbers of a row.</summary>
    public long Width => width;

    /// <summary>Numbers from one replica to the next.</summary>
    public long Stride { get; private set; }

    /// <summary>Its first number; known once the arena is allocated.</summary>
    public ulong Address => _buffer!.Address;

    /// <summary>Numbers from one replica to the next for somebody who reads rows.</summary>
    public long StrideOf(RowRange rows) => isCommon && !rows.AreOwn ? 0 : Stride;

    /// <summary>Reserves its memory.</summary>
    public void Reserve(DeviceArena arena, int rows, int replicas)
    {
        Stride = width * rows;
        _buffer = arena.Reserve<float>(Stride * replicas);
    }
}

/// <summary>Rows that are worked on together; the device knows where the first one stands (kernels/cursor.cuh).</summary>
/// <param name="Count">How many.</param>
/// <param name="AreOwn">Whether they are counted among the rows of each replica; otherwise among the data's, common to all.</param>
internal readonly record struct RowRange(int Count, bool AreOwn);
