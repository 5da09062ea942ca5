using System.Runtime.InteropServices;

namespace IadNative.Tests.Compute.Cpu.Kernels;

/// <summary>
/// Floats between two guard zones, all poisoned with one NaN: what is read without having been written makes a NaN, what
/// is written without being allowed shows in <see cref="Untouched"/>.
/// </summary>
internal sealed unsafe class GuardedBuffer
{
    private const int Guard = 64;
    private const int Poison = 0x7fc0dead;

    private readonly float[] _array;

    public GuardedBuffer(int length)
    {
        _array = GC.AllocateArray<float>(length + (2 * Guard), pinned: true);
        Array.Fill(_array, BitConverter.Int32BitsToSingle(Poison));
        Length = length;
        Pointer = (float*)Marshal.UnsafeAddrOfPinnedArrayElement(_array, Guard);
    }

    public int Length { get; }

    public float* Pointer { get; }

    public Span<float> Span => new(Pointer, Length);

    /// <summary>Random numbers at the places that the predicate allows, the poison elsewhere.</summary>
    public static GuardedBuffer Random(int length, Func<int, bool> where, System.Random random)
    {
        var buffer = new GuardedBuffer(length);
        for (int i = 0; i < length; i++)
        {
            if (where(i)) buffer.Pointer[i] = Twin.Problem.Gauss(random);
        }

        return buffer;
    }

    /// <summary>The values as numbers of another type.</summary>
    public T[] Values<T>()
        where T : System.Numerics.IFloatingPointIeee754<T> => [.. Span.ToArray().Select(T.CreateChecked)];

    /// <summary>Fails if anything outside the predicate's places was written.</summary>
    public void Untouched(Func<int, bool> mayBeWritten, string what)
    {
        for (int i = -Guard; i < Length + Guard; i++)
        {
            bool poisoned = BitConverter.SingleToInt32Bits(Pointer[i]) == Poison;
            if (!poisoned && !(i >= 0 && i < Length && mayBeWritten(i))) Assert.Fail($"{what}: wrote at {i} of {Length}");
        }

        GC.KeepAlive(_array);
    }
}
