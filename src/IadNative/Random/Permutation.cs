namespace IadNative.Random;

/// <summary>
/// Random permutations of a fixed length: the stable ascending sort of (32-bit draw, index), the same on every device.
/// An instance owns all memory it needs; drawing allocates nothing.
/// </summary>
public sealed class Permutation
{
    // Least-significant-digit radix sort: three passes over digits of 11, 11 and 10 bits.
    private const int DigitBits = 11;
    private const int Buckets = 1 << DigitBits;

    private readonly uint[] _keys, _otherKeys;
    private readonly int[] _indices, _otherIndices;
    private readonly int[] _starts = new int[Buckets];

    /// <summary>Permutations of 0 … <paramref name="length"/> − 1.</summary>
    public Permutation(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        _keys = new uint[length];
        _otherKeys = new uint[length];
        _indices = new int[length];
        _otherIndices = new int[length];
    }

    /// <summary>Draws a permutation from a sequence; the result is valid until the next draw.</summary>
    public ReadOnlySpan<int> Draw(in RandomSequence sequence)
    {
        sequence.Fill(_keys);
        for (int i = 0; i < _indices.Length; i++) _indices[i] = i;
        Pass(_keys, _indices, _otherKeys, _otherIndices, 0);
        Pass(_otherKeys, _otherIndices, _keys, _indices, DigitBits);
        Pass(_keys, _indices, _otherKeys, _otherIndices, 2 * DigitBits);
        return _otherIndices;
    }

    private void Pass(uint[] keys, int[] indices, uint[] sortedKeys, int[] sortedIndices, int shift)
    {
        Span<int> starts = _starts;
        starts.Clear();
        foreach (uint key in keys) starts[Digit(key, shift)]++;
        int start = 0;
        foreach (ref int entry in starts) (entry, start) = (start, start + entry);
        for (int i = 0; i < keys.Length; i++)
        {
            int place = starts[Digit(keys[i], shift)]++;
            sortedKeys[place] = keys[i];
            sortedIndices[place] = indices[i];
        }
    }

    private static int Digit(uint key, int shift) => (int)(key >> shift) & (Buckets - 1);
}
