using System.Runtime.CompilerServices;

namespace IadNative.Compute.Cpu.Lanes;

/// <summary>
/// e to the power of each lane, in the float32 of the lanes themselves: inlined, it leaves the caller's sums in their registers,
/// and it does half the work of the runtime's, which goes through float64.
/// </summary>
internal static class Exponential
{
    // Beyond these the result is infinite, or zero.
    private const float Largest = 89, Smallest = -105;

    private const float Log2E = 1.44269504f;

    // ln 2 in two parts, of which the first times a whole number of up to 8 bits is exact.
    private const float Ln2High = 0.693359375f, Ln2Low = -2.12194440e-4f;

    // Adding and subtracting 1.5 · 2^23 rounds to the nearest whole number.
    private const float Rounder = 12582912;

    /// <summary>
    /// eˣ = 2ⁿ·eʳ with n the whole number nearest to x / ln 2 and |r| ≤ ½ ln 2, where a polynomial of degree 7 (the minimax
    /// coefficients of Cephes' expf) is right to two units in the last place. NaN stays NaN.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Of<T>(T x)
        where T : struct, ILanes<T>
    {
        T largest = T.Create(Largest), smallest = T.Create(Smallest), rounder = T.Create(Rounder);
        x = T.WherePositive(x - largest, largest, x);
        x = T.WherePositive(smallest - x, smallest, x);
        T n = T.MultiplyAdd(x, T.Create(Log2E), rounder) - rounder;
        T r = x - (n * T.Create(Ln2High));
        r -= n * T.Create(Ln2Low);
        T sum = T.MultiplyAdd(T.Create(1.9875691500e-4f), r, T.Create(1.3981999507e-3f));
        sum = T.MultiplyAdd(sum, r, T.Create(8.3334519073e-3f));
        sum = T.MultiplyAdd(sum, r, T.Create(4.1665795894e-2f));
        sum = T.MultiplyAdd(sum, r, T.Create(1.6666665459e-1f));
        sum = T.MultiplyAdd(sum, r, T.Create(5.0000001201e-1f));
        return T.TimesPowerOfTwo(T.MultiplyAdd(sum, r * r, r) + T.Create(1), n);
    }
}
