using System.Runtime.InteropServices;

namespace IadNative.Random;

/// <summary>
/// Random permutations of a fixed length: the stable ascending sort of (32-bit draw, index), the same on every device.
/// An instance owns all memory it needs; drawing allocates nothing.
/// </summary>
internal sealed class Permutation
{
    // Least-significant-digit radix sort of (draw, index) pairs, one word each: three passes over digits of 11, 11 and 10 bits.
    private const int DigitBits = 11, Passes = 3;
    private const int Buckets = 1 << DigitBits;

    // What is drawn lies where the second pass writes, and the permutation where the first one wrote: both are read by then.
    private readonly ulong[] _pairs, _otherPairs;
    private readonly int _length;
    private readonly int[] _starts = new int[Passes * Buckets];

    /// <summary>Permutations of 0 … <paramref name="length"/> − 1.</summary>
    public Permutation(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        _length = length;
        _pairs = new ulong[length];
        _otherPairs = new ulong[length];
    }

    /// <summary>Draws a permutation from a sequence; the result is valid until the next draw.</summary>
    public ReadOnlySpan<int> Draw(in RandomSequence sequence)
    {
        Span<uint> draws = MemoryMarshal.Cast<ulong, uint>(_otherPairs.AsSpan())[.._length];
        sequence.Fill(draws);
        CountDigits(draws);
        Span<int> starts = _starts;
        Span<int> first = starts[..Buckets], second = starts.Slice(Buckets, Buckets), third = starts[(2 * Buckets)..];
        Span<ulong> pairs = _pairs, otherPairs = _otherPairs;
        Span<int> permutation = MemoryMarshal.Cast<ulong, int>(_pairs.AsSpan())[.._length];
        for (int i = 0; i < draws.Length; i++) pairs[first[Digit(draws[i], 0)]++] = ((ulong)draws[i] << 32) | (uint)i;
        foreach (ulong pair in pairs) otherPairs[second[Digit((uint)(pair >> 32), 1)]++] = pair;
        foreach (ulong pair in otherPairs) permutation[third[Digit((uint)(pair >> 32), 2)]++] = (int)(uint)pair;
        return permutation;
    }

    // Where the pairs of each digit's value start, for all passes at once.
    private void CountDigits(ReadOnlySpan<uint> draws)
    {
        Span<int> starts = _starts;
        starts.Clear();
        Span<int> first = starts[..Buckets], second = starts.Slice(Buckets, Buckets), third = starts[(2 * Buckets)..];
        foreach (uint draw in draws)
        {
            first[Digit(draw, 0)]++;
            second[Digit(draw, 1)]++;
            third[Digit(draw, 2)]++;
        }

        for (int pass = 0; pass < Passes; pass++)
        {
            int start = 0;
            foreach (ref int entry in starts.Slice(pass * Buckets, Buckets)) (entry, start) = (start, start + entry);
        }
    }

    private static int Digit(uint draw, int pass) => (int)(draw >> (pass * DigitBits)) & (Buckets - 1);
}
