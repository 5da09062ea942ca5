using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace IadNative.Random;

/// <summary>
/// Philox 4×32-10, the counter-based generator of Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3" (SC 2011).
/// A block of four 32-bit numbers is a pure function of a 64-bit key and a 128-bit counter, so every device draws the
/// same numbers in any order.
/// </summary>
internal static class Philox
{
    private const uint Multiplier0 = 0xD2511F53, Multiplier1 = 0xCD9E8D57;
    private const uint Weyl0 = 0x9E3779B9, Weyl1 = 0xBB67AE85;

    /// <summary>
    /// The numbers of the counters (0, c1, c2, c3), (1, c1, c2, c3), … one block after the other. A lane holds one counter; its
    /// numbers stand in the lower half of 64 bits, where the full product of two of them fits.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="c1">Second part of every counter.</param>
    /// <param name="c2">Third part.</param>
    /// <param name="c3">Fourth part.</param>
    /// <param name="destination">Receives the numbers; the last block may not fit wholly.</param>
    public static void Fill(ulong key, uint c1, uint c2, uint c3, Span<uint> destination)
    {
        int block = 0;
        if (BitConverter.IsLittleEndian) block = FillByVectors(key, c1, c2, c3, MemoryMarshal.Cast<uint, ulong>(destination));
        Span<uint> last = stackalloc uint[4];
        for (Span<uint> rest = destination[(4 * block)..]; !rest.IsEmpty; rest = rest[Math.Min(4, rest.Length)..], block++)
        {
            (last[0], last[1], last[2], last[3]) = Block(key, (uint)block, c1, c2, c3);
            last[..Math.Min(4, rest.Length)].CopyTo(rest);
        }
    }

    /// <summary>The four numbers of one counter.</summary>
    public static (uint X0, uint X1, uint X2, uint X3) Block(ulong key, uint c0, uint c1, uint c2, uint c3)
    {
        uint k0 = (uint)key, k1 = (uint)(key >> 32);
        for (int round = 0; round < 10; round++)
        {
            ulong p0 = (ulong)Multiplier0 * c0, p1 = (ulong)Multiplier1 * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += Weyl0;
            k1 += Weyl1;
        }

        return (c0, c1, c2, c3);
    }

    // As many blocks as fill whole vectors; two numbers a word, the first in the lower half.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int FillByVectors(ulong key, uint c1, uint c2, uint c3, Span<ulong> pairs)
    {
        Span<ulong> firstPairs = stackalloc ulong[Vector<ulong>.Count], secondPairs = stackalloc ulong[Vector<ulong>.Count];
        for (int i = 0; i < firstPairs.Length; i++) firstPairs[i] = (ulong)i;
        Vector<ulong> lower = new(uint.MaxValue), indices = new(firstPairs);
        int block = 0;
        for (; 2 * (block + Vector<ulong>.Count) <= pairs.Length; block += Vector<ulong>.Count)
        {
            Vector<ulong> x0 = new Vector<ulong>((ulong)block) + indices, x1 = new(c1), x2 = new(c2), x3 = new(c3);
            uint k0 = (uint)key, k1 = (uint)(key >> 32);
            for (int round = 0; round < 10; round++)
            {
                Vector<ulong> p0 = x0 * Multiplier0, p1 = x2 * Multiplier1;
                (x0, x1, x2, x3) = (
                    (p1 >>> 32) ^ x1 ^ new Vector<ulong>(k0), p1 & lower, (p0 >>> 32) ^ x3 ^ new Vector<ulong>(k1), p0 & lower);
                k0 += Weyl0;
                k1 += Weyl1;
            }

            (x0 | (x1 << 32)).CopyTo(firstPairs);
            (x2 | (x3 << 32)).CopyTo(secondPairs);
            Span<ulong> target = pairs.Slice(2 * block, 2 * Vector<ulong>.Count);
            for (int i = 0; i < firstPairs.Length; i++) (target[2 * i], target[(2 * i) + 1]) = (firstPairs[i], secondPairs[i]);
        }

        return block;
    }
}
