using System.Runtime.CompilerServices;

namespace IadNative.Compute.Cpu.Lanes;

/// <summary>The natural logarithm of each lane, in the float32 of the lanes themselves.</summary>
internal static class Logarithm
{
    /// <summary>The bits of √½, below which a fraction is doubled.</summary>
    public const int RootOfHalf = 0x3F3504F3;

    /// <summary>Bits of a float32 behind its exponent.</summary>
    public const int FractionBits = 23;

    // ln 2 in two parts, of which the first times a whole number of up to 8 bits is exact.
    private const float Ln2High = 0.693359375f, Ln2Low = -2.12194440e-4f;

    /// <summary>
    /// log x = log(1 + f) + e·ln 2 with x = 2ᵉ·(1 + f) and √½ ≤ 1 + f &lt; √2, where a polynomial of degree 9 (the minimax
    /// coefficients of Cephes' logf) is right to two units in the last place. For positive normal numbers; NaN stays NaN.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Of<T>(T x)
        where T : struct, ILanes<T>
    {
        T e = T.Exponent(x);
        T f = T.TimesPowerOfTwo(x, T.Zero - e) - T.Create(1), square = f * f;
        T sum = T.MultiplyAdd(T.Create(7.0376836292e-2f), f, T.Create(-1.1514610310e-1f));
        sum = T.MultiplyAdd(sum, f, T.Create(1.1676998740e-1f));
        sum = T.MultiplyAdd(sum, f, T.Create(-1.2420140846e-1f));
        sum = T.MultiplyAdd(sum, f, T.Create(1.4249322787e-1f));
        sum = T.MultiplyAdd(sum, f, T.Create(-1.6668057665e-1f));
        sum = T.MultiplyAdd(sum, f, T.Create(2.0000714765e-1f));
        sum = T.MultiplyAdd(sum, f, T.Create(-2.4999993993e-1f));
        sum = T.MultiplyAdd(sum, f, T.Create(3.3333331174e-1f));
        sum = T.MultiplyAdd(e, T.Create(Ln2Low), sum * f * square);
        sum = T.MultiplyAdd(square, T.Create(-0.5f), sum);
        return T.MultiplyAdd(e, T.Create(Ln2High), f + sum);
    }
}
