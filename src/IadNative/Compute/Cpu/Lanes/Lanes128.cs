using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace IadNative.Compute.Cpu.Lanes;

/// <summary>4 floats.</summary>
internal readonly unsafe struct Lanes128(Vector128<float> value) : ILanes<Lanes128>
{
    private readonly Vector128<float> _value = value;

    public static int Count => Vector128<float>.Count;

    public static Lanes128 Zero => new(Vector128<float>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Create(float value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Load(float* source) => new(Vector128.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes128 value, float* destination) => value._value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator +(Lanes128 a, Lanes128 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator -(Lanes128 a, Lanes128 b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator *(Lanes128 a, Lanes128 b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator /(Lanes128 a, Lanes128 b) => new(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 MultiplyAdd(Lanes128 a, Lanes128 b, Lanes128 c) =>
        new(Vector128.MultiplyAddEstimate(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 MultiplyAdd(Lanes128 a, float* b, Lanes128 c) =>
        new(Vector128.MultiplyAddEstimate(a._value, Vector128.Create(*b), c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Sqrt(Lanes128 value) => new(Vector128.Sqrt(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 TimesPowerOfTwo(Lanes128 value, Lanes128 exponent)
    {
        // In two steps, neither of which leaves the range of exponents: only the second can round.
        Vector128<int> whole = Vector128.ConvertToInt32Native(exponent._value), half = whole >> 1;
        return new(value._value * PowerOfTwo(half) * PowerOfTwo(whole - half));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Exponent(Lanes128 value) =>
        new(Vector128.ConvertToSingle((value._value.AsInt32() - Vector128.Create(Logarithm.RootOfHalf)) >> Logarithm.FractionBits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 WherePositive(Lanes128 x, Lanes128 positive, Lanes128 other) =>
        new(Vector128.ConditionalSelect(Vector128.GreaterThan(x._value, Vector128<float>.Zero), positive._value, other._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 DropBelow(Lanes128 value, Lanes128 least)
    {
        // Magnitudes are ordered like their bits, whose comparison no subnormal number slows; those of NaN are the largest.
        Vector128<int> magnitude = value._value.AsInt32() & Vector128.Create(int.MaxValue);
        return new(Vector128.AndNot(value._value, Vector128.LessThan(magnitude, least._value.AsInt32()).AsSingle()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 KeepFirst(Lanes128 value, int count) =>
        new(Vector128.ConditionalSelect(
            Vector128.LessThan(Vector128.Create(0, 1, 2, 3), Vector128.Create(count)).AsSingle(), value._value, Vector128<float>.Zero));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Lanes128 value)
    {
        Vector128<float> half = value._value + Vector128.Shuffle(value._value, Vector128.Create(2, 3, 0, 1));
        return half.GetElement(0) + half.GetElement(1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSums(Lanes128 a, Lanes128 b, Lanes128 c, Lanes128 d, float* destination)
    {
        if (Sse.IsSupported)
        {
            // Half sums of a and b side by side, of c and d, then all four.
            Vector128<float> ab = Sse.UnpackLow(a._value, b._value) + Sse.UnpackHigh(a._value, b._value);
            Vector128<float> cd = Sse.UnpackLow(c._value, d._value) + Sse.UnpackHigh(c._value, d._value);
            (Sse.MoveLowToHigh(ab, cd) + Sse.MoveHighToLow(cd, ab)).Store(destination);
        }
        else
        {
            StoreSumsOneByOne(a, b, c, d, destination);
        }
    }

    /// <summary><see cref="StoreSums"/> where no shuffles are known, to the same bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void StoreSumsOneByOne(Lanes128 a, Lanes128 b, Lanes128 c, Lanes128 d, float* destination)
    {
        destination[0] = Sum(a);
        destination[1] = Sum(b);
        destination[2] = Sum(c);
        destination[3] = Sum(d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> PowerOfTwo(Vector128<int> exponent) => ((exponent + Vector128.Create(127)) << 23).AsSingle();
}
