using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace IadNative.Compute.Cpu;

/// <summary>A block of floats that never moves, aligned to a cache line, on the garbage-collected heap.</summary>
internal sealed unsafe class FloatBuffer
{
    private const int Alignment = 64;

    private readonly float[] _array;

    /// <summary>A block of zeros.</summary>
    public FloatBuffer(int length)
    {
        Length = length;
        _array = GC.AllocateArray<float>(length + (Alignment / sizeof(float)), pinned: true);
        nuint address = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_array));
        Pointer = (float*)((address + (Alignment - 1)) & ~(nuint)(Alignment - 1));
    }

    /// <summary>Number of floats.</summary>
    public int Length { get; }

    /// <summary>The first float; valid as long as this object is reachable.</summary>
    public float* Pointer { get; }

    /// <summary>All floats.</summary>
    public Span<float> Span => new(Pointer, Length);
}
