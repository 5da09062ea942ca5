using System.Runtime.CompilerServices;

namespace IadNative.Compute.Cpu.Lanes;

/// <summary>One float: the path of processors without vector hardware.</summary>
internal readonly unsafe struct Lanes1(float value) : ILanes<Lanes1>
{
    private readonly float _value = value;

    public static int Count => 1;

    public static Lanes1 Zero => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1 Create(float value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1 Load(float* source) => new(*source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes1 value, float* destination) => *destination = value._value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1 operator +(Lanes1 a, Lanes1 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1 operator -(Lanes1 a, Lanes1 b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1 operator *(Lanes1 a, Lanes1 b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1 operator /(Lanes1 a, Lanes1 b) => new(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1 MultiplyAdd(Lanes1 a, Lanes1 b, Lanes1 c) =>
        new(float.MultiplyAddEstimate(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1 MultiplyAdd(Lanes1 a, float* b, Lanes1 c) =>
        new(float.MultiplyAddEstimate(a._value, *b, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1 Sqrt(Lanes1 value) => new(MathF.Sqrt(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1 TimesPowerOfTwo(Lanes1 value, Lanes1 exponent) =>
        new(float.IsNaN(exponent._value) ? float.NaN : MathF.ScaleB(value._value, (int)exponent._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1 Exponent(Lanes1 value) =>
        new((BitConverter.SingleToInt32Bits(value._value) - Logarithm.RootOfHalf) >> Logarithm.FractionBits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1 WherePositive(Lanes1 x, Lanes1 positive, Lanes1 other) => x._value > 0 ? positive : other;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1 DropBelow(Lanes1 value, Lanes1 least) => MathF.Abs(value._value) < least._value ? default : value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1 KeepFirst(Lanes1 value, int count) => count > 0 ? value : default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Lanes1 value) => value._value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSums(Lanes1 a, Lanes1 b, Lanes1 c, Lanes1 d, float* destination) =>
        (destination[0], destination[1], destination[2], destination[3]) = (a._value, b._value, c._value, d._value);
}
